//! The coverage matrix: clause by clause, which cases say what, on which evidence.

use super::model::{CaseResult, CoverageRow};
use crate::requirement::CLAUSES;
use crate::terms::{EvidenceSet, Outcome};

/// One row per clause that some case of the run is about.
pub(super) fn coverage(cases: &[CaseResult]) -> Vec<CoverageRow> {
    CLAUSES
        .iter()
        .filter_map(|clause| {
            let about: Vec<&CaseResult> = cases
                .iter()
                .filter(|case| case.clauses.iter().any(|own| own.id == clause.id))
                .collect();
            let worst = about
                .iter()
                .map(|case| case.outcome)
                .max_by_key(|o| badness(*o))?;
            Some(CoverageRow {
                clause: clause.id.to_owned(),
                statement: clause.statement.to_owned(),
                cases: about.iter().map(|case| case.id.clone()).collect(),
                evidence: about
                    .iter()
                    .fold(EvidenceSet::default(), |set, case| set.union(case.evidence)),
                verdict: worst,
            })
        })
        .collect()
}

/// A clause is as good as its worst case, and a case that did not run is worse than one that
/// passed: a row never looks better than what was seen.
fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NotApplicable => 0,
        Outcome::Pass => 1,
        Outcome::NotRun => 2,
        Outcome::Inconclusive => 3,
        Outcome::Blocked => 4,
        Outcome::Fail => 5,
        Outcome::Error => 6,
    }
}
