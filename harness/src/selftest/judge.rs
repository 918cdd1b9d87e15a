//! What is wrong with the harness's judgement of a subject, from one sighting.

use std::collections::BTreeMap;

use hamsa_zoo::Expect;

use super::sighting::{Cell, Ended, Sighting};
use crate::terms::Level;

/// What cases find even where there is no bug: the heaviest finding of each on the control that
/// differs in nothing. Only what is heavier kills.
#[derive(Debug, Default)]
pub(super) struct Baseline(pub(super) BTreeMap<String, Level>);

impl Baseline {
    /// True when the case finds something here that it does not find on a correct receiver.
    pub(super) fn is_exceeded(&self, case: &str, cell: &Cell) -> bool {
        cell.finding > self.0.get(case).copied()
    }
}

/// True when a named case found the bug in the way that is expected.
pub(super) fn is_killed_by(case: &str, cell: &Cell, expect: Expect, baseline: &Baseline) -> bool {
    match expect {
        Expect::Failure | Expect::RootCause => cell.fails_at_must(),
        Expect::Finding => baseline.is_exceeded(case, cell),
        Expect::NoVerdict => false,
    }
}

/// Why a run did not end as the mutant's bug makes it end, if it did not.
pub(super) fn wrong_end(ended: &Ended, expect: Expect) -> Option<String> {
    let expected = match expect {
        Expect::Failure | Expect::RootCause => Some(1),
        // Findings below MUST decide no exit code.
        Expect::Finding => None,
        Expect::NoVerdict => Some(4),
    };
    match ended {
        Ended::Broken(why) => Some(why.clone()),
        Ended::Reported { code, headline } => expected
            .filter(|expected| code != expected)
            .map(|expected| format!("exit {code} in place of {expected}: {headline}")),
    }
}

/// What a control is blamed for and should not be: by case, or by `run` for the run as a whole.
pub(super) fn blamed(sighting: &Sighting, declared: &[String]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = sighting
        .cells
        .iter()
        .filter(|(case, cell)| match cell.finding {
            Some(Level::Must) => true,
            Some(Level::Should) => !declared.contains(case),
            Some(Level::Info) | None => false,
        })
        .map(|(case, cell)| (case.clone(), cell.actual.clone()))
        .collect();
    let whole_run = match &sighting.ended {
        Ended::Broken(why) => Some(why.clone()),
        Ended::Reported { code: 0, .. } => None,
        Ended::Reported { code, headline } => {
            Some(format!("exit {code} in place of 0: {headline}"))
        }
    };
    found.extend(whole_run.map(|why| ("run".to_owned(), why)));
    found
}
