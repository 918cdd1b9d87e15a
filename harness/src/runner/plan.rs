//! The plan: for every case, whether it runs, and if not, why.

use crate::case::{Case, Need, registry};
use crate::profile::{Auth, Exposure, Profile};
use crate::sender::Target;
use crate::terms::Outcome;

/// What becomes of one case.
#[derive(Debug, Clone)]
pub enum Planned {
    /// It runs.
    Runs,
    /// It does not.
    Rests {
        /// `not-run` or `not-applicable`.
        outcome: Outcome,
        /// Why.
        reason: String,
        /// True when that makes the run partial.
        is_gap: bool,
    },
}

/// What becomes of every case, in report order.
pub struct Plan {
    /// The cases.
    pub entries: Vec<(&'static Case, Planned)>,
}

impl Plan {
    /// Decides from the profile and the target.
    pub fn new(profile: &Profile, target: &Target, is_local: bool) -> Self {
        let entries = registry::all()
            .into_iter()
            .map(|case| (case, planned(case, profile, target, is_local)))
            .collect();
        Self { entries }
    }

    /// The cases that run.
    pub fn running(&self) -> impl Iterator<Item = &'static Case> {
        self.entries
            .iter()
            .filter(|(_, planned)| matches!(planned, Planned::Runs))
            .map(|(case, _)| *case)
    }
}

fn planned(case: &Case, profile: &Profile, target: &Target, is_local: bool) -> Planned {
    let rests = |outcome, reason: &str, is_gap| Planned::Rests {
        outcome,
        reason: reason.to_owned(),
        is_gap,
    };
    if let Some(reason) = profile.selection.leaves_out(case) {
        let is_gap = profile.selection.user_left_out(case);
        return rests(Outcome::NotRun, &reason, is_gap);
    }
    for need in case.needs {
        match need {
            Need::Secret if profile.auth == Auth::Off => {
                return rests(
                    Outcome::NotApplicable,
                    "authentication is declared off",
                    false,
                );
            }
            Need::Https if !target.is_tls() => {
                return rests(Outcome::NotApplicable, "the target is not https", false);
            }
            Need::PublicProfile if profile.exposure == Exposure::Local => {
                return rests(Outcome::NotApplicable, "the profile is local", false);
            }
            Need::Ownership if !is_local && !profile.owns_target => {
                let reason = "withheld from a public address without --i-own-this-target";
                return rests(Outcome::NotRun, reason, true);
            }
            Need::Secret | Need::Https | Need::PublicProfile | Need::Ownership | Need::Refusal => {}
        }
    }
    Planned::Runs
}
