//! From case results to the verdict of each requirement.

use super::exit_code::fails_the_run;
use super::model::{CaseResult, RequirementResult};
use crate::profile::Profile;
use crate::requirement::requirement;
use crate::terms::{Conformance, EvidenceSet, Level, Outcome, RequirementId};

/// A case whose lack of proved overlaps another case makes up for: a receiver can be too fast for
/// two copies to overlap, and thirty-two always do.
const STANDS_IN: &[(&str, &str)] = &[("IDM-04", "IDM-05")];

/// The verdict of every requirement. `gaps` are MUST cases that the user left out or that were
/// withheld.
pub(super) fn verdicts(
    cases: &[CaseResult],
    gaps: &[&str],
    profile: &Profile,
) -> Vec<RequirementResult> {
    RequirementId::ALL
        .into_iter()
        .map(|id| verdict(id, cases, gaps, profile))
        .collect()
}

fn verdict(
    id: RequirementId,
    cases: &[CaseResult],
    gaps: &[&str],
    profile: &Profile,
) -> RequirementResult {
    let own: Vec<&CaseResult> = cases
        .iter()
        .filter(|case| case.requirements.contains(&id))
        .collect();
    let is_set_out = |case: &&&CaseResult| {
        matches!(case.outcome, Outcome::NotRun) && !gaps.contains(&case.id.as_str())
    };
    let musts: Vec<&CaseResult> = own
        .iter()
        .filter(|case| case.level == Level::Must)
        .filter(|case| !is_set_out(case))
        .copied()
        .collect();
    let (verdict, reason) = judge(&own, &musts, gaps, cases, profile);
    let (evidence, unseen) = own
        .iter()
        .filter(|case| {
            matches!(
                case.outcome,
                Outcome::Pass | Outcome::Fail | Outcome::Inconclusive
            )
        })
        .fold(
            (EvidenceSet::default(), EvidenceSet::default()),
            |(seen, unseen), case| (seen.union(case.evidence), unseen.union(case.unseen)),
        );
    RequirementResult {
        id,
        statement: requirement(id).statement.to_owned(),
        level: Level::Must,
        verdict,
        reason,
        selected: own
            .iter()
            .any(|case| !matches!(case.outcome, Outcome::NotRun | Outcome::NotApplicable)),
        evidence,
        unseen,
        cases: own.iter().map(|case| case.id.clone()).collect(),
    }
}

fn judge(
    own: &[&CaseResult],
    musts: &[&CaseResult],
    gaps: &[&str],
    all: &[CaseResult],
    profile: &Profile,
) -> (Conformance, String) {
    let named = |cases: &[&CaseResult]| {
        let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
        ids.join(", ")
    };
    let failed: Vec<&CaseResult> = own
        .iter()
        .filter(|case| fails_the_run(case, profile.strict))
        .copied()
        .collect();
    if !failed.is_empty() {
        return (
            Conformance::NonConformant,
            format!("broken in {}", named(&failed)),
        );
    }
    // A case blocked by the failure of another requirement says nothing about this one.
    let is_open = |case: &&&CaseResult| match case.outcome {
        Outcome::Pass | Outcome::NotApplicable => false,
        Outcome::Inconclusive => !is_stood_in_for(&case.id, all),
        Outcome::Fail | Outcome::Blocked | Outcome::NotRun | Outcome::Error => true,
    };
    let open: Vec<&CaseResult> = musts.iter().filter(is_open).copied().collect();
    if let Some(first) = open.first() {
        let left_out: Vec<&CaseResult> = open
            .iter()
            .filter(|case| gaps.contains(&case.id.as_str()))
            .copied()
            .collect();
        let reason = if left_out.len() == open.len() {
            format!("{} of {} MUST cases did not run", open.len(), musts.len())
        } else if open.iter().all(|case| case.message == first.message) {
            format!(
                "{} ({} of {} MUST cases)",
                first.message,
                open.len(),
                musts.len()
            )
        } else {
            format!("open: {}", named(&open))
        };
        return (Conformance::Unverified, reason);
    }
    let passed = musts
        .iter()
        .filter(|case| case.outcome == Outcome::Pass)
        .count();
    if passed > 0 {
        return (
            Conformance::Conformant,
            format!("{passed} of {passed} MUST cases passed"),
        );
    }
    match own
        .iter()
        .find(|case| case.outcome == Outcome::NotApplicable)
    {
        Some(case) => (Conformance::NotApplicable, case.message.clone()),
        None => (Conformance::Unverified, "no case ran".to_owned()),
    }
}

fn is_stood_in_for(id: &str, all: &[CaseResult]) -> bool {
    STANDS_IN.iter().any(|(case, other)| {
        *case == id
            && all
                .iter()
                .any(|result| result.id == *other && result.outcome == Outcome::Pass)
    })
}
