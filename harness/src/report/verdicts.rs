//! From case results to the verdict of each requirement.

use super::exit_code::breaks;
use super::model::{CaseResult, RequirementResult};
use crate::profile::{Auth, Profile};
use crate::requirement::requirement;
use crate::terms::{Conformance, EvidenceSet, Level, Outcome, RequirementId};

/// A case whose lack of proved overlaps another case makes up for: a receiver can be too fast for
/// two copies to overlap, and thirty-two always do.
const STANDS_IN: &[(&str, &str)] = &[("IDM-04", "IDM-05")];

/// A MUST case that should have run and did not.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    /// The case.
    pub case: &'static str,
    /// False when the user left it out: what was not asked for is not answered.
    pub was_wanted: bool,
}

/// The verdict of every requirement. `has_accepted` says whether any valid delivery was accepted: a
/// door that opens for nobody proves nothing by keeping strangers out.
pub(super) fn verdicts(
    cases: &[CaseResult],
    gaps: &[Gap],
    profile: &Profile,
    has_accepted: bool,
) -> Vec<RequirementResult> {
    RequirementId::ALL
        .into_iter()
        .map(|id| verdict(id, cases, gaps, profile, has_accepted))
        .collect()
}

fn verdict(
    id: RequirementId,
    cases: &[CaseResult],
    gaps: &[Gap],
    profile: &Profile,
    has_accepted: bool,
) -> RequirementResult {
    let is_about = |case: &&CaseResult| {
        case.requirements.contains(&id)
            || case
                .findings
                .iter()
                .any(|finding| finding.requirements.contains(&id))
    };
    let own: Vec<&CaseResult> = cases.iter().filter(is_about).collect();
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
    let (mut verdict, mut reason) = judge(id, &own, gaps, cases, profile);
    let needs_an_open_door = matches!(id, RequirementId::R3 | RequirementId::Rb);
    if verdict == Conformance::Conformant && needs_an_open_door && !has_accepted {
        verdict = Conformance::Unverified;
        reason = "no valid delivery was accepted, so turning others away proves nothing".to_owned();
    }
    let gap_of = |case: &CaseResult| gaps.iter().find(|gap| gap.case == case.id);
    RequirementResult {
        id,
        statement: requirement(id).statement.to_owned(),
        level: Level::Must,
        verdict,
        reason,
        selected: own.iter().any(|case| match case.outcome {
            Outcome::NotRun => gap_of(case).is_some_and(|gap| gap.was_wanted),
            Outcome::NotApplicable => false,
            Outcome::Pass
            | Outcome::Fail
            | Outcome::Inconclusive
            | Outcome::Blocked
            | Outcome::Error => true,
        }),
        evidence,
        unseen,
        cases: own.iter().map(|case| case.id.clone()).collect(),
    }
}

fn judge(
    id: RequirementId,
    own: &[&CaseResult],
    gaps: &[Gap],
    all: &[CaseResult],
    profile: &Profile,
) -> (Conformance, String) {
    let failed: Vec<&CaseResult> = own
        .iter()
        .filter(|case| breaks(case, Some(id), profile.strict))
        .copied()
        .collect();
    if !failed.is_empty() {
        return (
            Conformance::NonConformant,
            format!("broken in {}", named(&failed)),
        );
    }
    if id == RequirementId::R3 && profile.auth == Auth::Off {
        // Whatever some case saw: a door that is declared open is not proved shut.
        let reason = "declared off: anybody may send events".to_owned();
        return (Conformance::NotApplicable, reason);
    }
    let is_gap = |case: &CaseResult| gaps.iter().any(|gap| gap.case == case.id);
    // What the set or the level leaves out was never asked.
    let musts: Vec<&CaseResult> = own
        .iter()
        .filter(|case| case.level == Level::Must && case.requirements.contains(&id))
        .filter(|case| case.outcome != Outcome::NotRun || is_gap(case))
        .copied()
        .collect();
    let open: Vec<&CaseResult> = musts
        .iter()
        .filter(|case| is_open(case, all))
        .copied()
        .collect();
    if !open.is_empty() {
        return (
            Conformance::Unverified,
            why_open(&open, musts.len(), is_gap),
        );
    }
    let passed: Vec<&&CaseResult> = musts
        .iter()
        .filter(|case| matches!(case.outcome, Outcome::Pass | Outcome::Fail))
        .collect();
    if passed.is_empty() {
        return match own
            .iter()
            .find(|case| case.outcome == Outcome::NotApplicable)
        {
            Some(case) => (Conformance::NotApplicable, case.message.clone()),
            None => (Conformance::Unverified, "no case ran".to_owned()),
        };
    }
    let seen = passed
        .iter()
        .fold(EvidenceSet::default(), |set, case| set.union(case.evidence));
    let missing = profile.demanded(id).kinds.minus(seen);
    if !missing.is_empty() {
        return (
            Conformance::Unverified,
            format!("no case brought {missing}, which is demanded"),
        );
    }
    let count = match passed.len() {
        1 => "its MUST case passed".to_owned(),
        count => format!("{count} of {count} MUST cases passed"),
    };
    (Conformance::Conformant, count)
}

fn named(cases: &[&CaseResult]) -> String {
    cases
        .iter()
        .map(|case| case.id.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// True when a case neither passed nor may be done without. One that fails at nothing that counts
/// for this requirement has answered its question.
fn is_open(case: &CaseResult, all: &[CaseResult]) -> bool {
    match case.outcome {
        Outcome::Pass | Outcome::NotApplicable | Outcome::Fail => false,
        Outcome::Inconclusive => !is_stood_in_for(&case.id, all),
        Outcome::Blocked | Outcome::NotRun | Outcome::Error => true,
    }
}

fn why_open(open: &[&CaseResult], musts: usize, is_gap: impl Fn(&CaseResult) -> bool) -> String {
    let count = format!("{} of {musts} MUST cases", open.len());
    let first = &open[0].message;
    if open.iter().all(|case| is_gap(case)) {
        format!("{count} did not run")
    } else if open.iter().all(|case| case.message == *first) {
        format!("{first} ({count})")
    } else {
        format!("open: {}", named(open))
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
