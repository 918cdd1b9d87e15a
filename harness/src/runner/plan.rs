//! The plan: for every case, whether it runs, and if not, why.

use crate::case::{Case, Need, registry};
use crate::profile::{Auth, Exposure, Profile};
use crate::report::{CaseResult, Gap};
use crate::scene::Scene;
use crate::sender::Protocol;
use crate::terms::{Level, Outcome};

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
        /// Whether that leaves a gap in the run.
        gap: GapKind,
    },
}

/// What a case that does not run leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapKind {
    /// Nothing: it was not asked for, or does not apply.
    None,
    /// The user left it out.
    LeftOut,
    /// It was withheld from them.
    Withheld,
}

/// What becomes of every case, in report order.
pub struct Plan {
    /// The cases.
    pub entries: Vec<(&'static Case, Planned)>,
    durable: bool,
}

impl Plan {
    /// Decides from the profile and the scene.
    pub fn new(profile: &Profile, scene: &Scene) -> Self {
        let entries = registry::all()
            .into_iter()
            .map(|case| (case, planned(case, profile, scene)))
            .collect();
        Self {
            entries,
            durable: profile.durable,
        }
    }

    /// The cases that run.
    pub fn running(&self) -> impl Iterator<Item = &'static Case> {
        self.entries
            .iter()
            .filter(|(_, planned)| matches!(planned, Planned::Runs))
            .map(|(case, _)| *case)
    }

    /// The MUST cases that should have run and did not, given the results.
    pub fn gaps(&self, results: &[CaseResult]) -> Vec<Gap> {
        let has_run = |case: &Case| {
            results
                .iter()
                .any(|result| result.id == case.id && result.outcome != Outcome::NotRun)
        };
        self.entries
            .iter()
            .filter(|(case, _)| case.level_when(self.durable) == Level::Must)
            .filter_map(|(case, planned)| {
                let was_wanted = match planned {
                    Planned::Runs if has_run(case) => return None,
                    Planned::Rests {
                        gap: GapKind::None, ..
                    } => return None,
                    Planned::Rests {
                        gap: GapKind::LeftOut,
                        ..
                    } => false,
                    Planned::Runs
                    | Planned::Rests {
                        gap: GapKind::Withheld,
                        ..
                    } => true,
                };
                Some(Gap {
                    case: case.id,
                    was_wanted,
                })
            })
            .collect()
    }
}

fn planned(case: &Case, profile: &Profile, scene: &Scene) -> Planned {
    let rests = |outcome, reason: &str, gap| Planned::Rests {
        outcome,
        reason: reason.to_owned(),
        gap,
    };
    if let Some(reason) = profile.selection.leaves_out(case, profile.level_of(case)) {
        let gap = match profile.selection.user_left_out(case) {
            true => GapKind::LeftOut,
            false => GapKind::None,
        };
        return rests(Outcome::NotRun, &reason, gap);
    }
    for need in case.needs {
        match need {
            Need::Secret if profile.auth == Auth::Off => {
                return rests(
                    Outcome::NotApplicable,
                    "authentication is declared off",
                    GapKind::None,
                );
            }
            Need::Http1 if scene.connector.protocol == Protocol::Http2 => {
                return rests(
                    Outcome::NotApplicable,
                    "the receiver speaks HTTP/2 only",
                    GapKind::None,
                );
            }
            Need::Https if !scene.connector.target.is_tls() => {
                return rests(
                    Outcome::NotApplicable,
                    "the target is not https",
                    GapKind::None,
                );
            }
            Need::PlainPort if scene.connector.target.as_plain().is_none() => {
                return rests(
                    Outcome::NotApplicable,
                    "the URL names a port, and --plain-port no other for plain http",
                    GapKind::None,
                );
            }
            Need::PublicProfile if profile.exposure == Exposure::Local => {
                return rests(
                    Outcome::NotApplicable,
                    "the profile is local",
                    GapKind::None,
                );
            }
            Need::Ownership if !scene.is_local && !profile.owns_target => {
                let reason = "withheld from a public address without --i-own-this-target";
                return rests(Outcome::NotRun, reason, GapKind::Withheld);
            }
            Need::Hook(kind) if !scene.hooks.has(*kind) => {
                let reason = format!("needs {}", kind.options());
                return rests(Outcome::NotRun, &reason, GapKind::None);
            }
            Need::LogFile if scene.log_file.is_none() => {
                return rests(Outcome::NotRun, "needs --log-file", GapKind::None);
            }
            Need::Process if scene.process.is_none() => {
                let reason = "needs --spawn, or --kill and --restart";
                return rests(Outcome::NotRun, reason, GapKind::Withheld);
            }
            Need::Signals if !scene.takes_signals() => {
                let reason = "needs --spawn: the process has to be sent signals";
                return rests(Outcome::NotRun, reason, GapKind::None);
            }
            Need::Replicas if scene.also.is_empty() => {
                let reason = "the receiver has one URL; --also names more";
                return rests(Outcome::NotApplicable, reason, GapKind::None);
            }
            Need::Secret
            | Need::Http1
            | Need::Https
            | Need::PlainPort
            | Need::PublicProfile
            | Need::Ownership
            | Need::Refusal
            | Need::Hook(_)
            | Need::LogFile
            | Need::Process
            | Need::Signals
            | Need::Replicas => {}
        }
    }
    Planned::Runs
}
