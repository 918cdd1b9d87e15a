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

/// What a control is blamed for and should not be: by case, or by `run` for the run as a whole. A
/// run that ends with exit 3 is right where only cases are open that may be.
pub(super) fn blamed(
    sighting: &Sighting,
    declared: &[String],
    unverified: &[String],
) -> Vec<(String, String)> {
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
        Ended::Reported { code: 3, .. } if is_open_as_declared(sighting, unverified) => None,
        Ended::Reported { code, headline } => {
            Some(format!("exit {code} in place of 0: {headline}"))
        }
    };
    found.extend(whole_run.map(|why| ("run".to_owned(), why)));
    found
}

/// True when a case has no verdict, and none has none that should have one.
fn is_open_as_declared(sighting: &Sighting, unverified: &[String]) -> bool {
    let mut open = sighting
        .cells
        .iter()
        .filter(|(_, cell)| cell.is_open())
        .peekable();
    open.peek().is_some()
        && open.all(|(case, _)| unverified.iter().any(|own| own == "*" || own == case))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selftest::schedule::Pass;
    use crate::terms::Outcome;

    fn sighting(code: i32, outcomes: &[(&str, Outcome)]) -> Sighting {
        let cell = |outcome: Outcome| Cell {
            outcome,
            finding: None,
            actual: String::new(),
        };
        let cells = outcomes.iter();
        Sighting {
            subject: 0,
            pass: Pass::Core,
            ended: Ended::Reported {
                code,
                headline: String::new(),
            },
            cells: cells
                .map(|(id, outcome)| ((*id).to_owned(), cell(*outcome)))
                .collect(),
        }
    }

    #[test]
    fn exit_3_is_right_only_where_nothing_else_is_open_than_may_be() {
        let may = ["LOD-01".to_owned(), "LOD-02".to_owned()];
        let is_blamed = |outcomes: &[(&str, Outcome)], may: &[String]| {
            !blamed(&sighting(3, outcomes), &[], may).is_empty()
        };
        let open = ("LOD-01", Outcome::Inconclusive);
        assert!(!is_blamed(&[open, ("ACK-01", Outcome::Pass)], &may));
        assert!(is_blamed(&[open], &[]));
        assert!(is_blamed(&[open, ("ACK-01", Outcome::Inconclusive)], &may));
        assert!(is_blamed(&[open, ("ACK-01", Outcome::Blocked)], &may));
        assert!(is_blamed(&[("LOD-01", Outcome::Pass)], &may));
    }
}
