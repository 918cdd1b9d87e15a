//! Folds the checks of a verdict into the outcome of a case.
//!
//! A check counts for the requirement it is filed under. Checks about other requirements than the
//! case's own can break those, and never leave the case itself open.

use super::exhibits::about;
use crate::case::{Case, Trace};
use crate::profile::Profile;
use crate::report::{CaseResult, FigureRecord, Finding};
use crate::terms::EvidenceKind::E3;
use crate::terms::{EvidenceSet, Level, Outcome, RequirementId};
use crate::verdict::{Check, Judgement, Verdict};

/// Fills in outcome, evidence, findings and message.
pub(super) fn fold(
    case: &Case,
    verdict: &Verdict,
    trace: &Trace,
    profile: &Profile,
    result: &mut CaseResult,
) {
    let seen = verdict
        .checks
        .iter()
        .filter(|check| matches!(check.judgement, Judgement::Held | Judgement::Refuted { .. }))
        .fold(EvidenceSet::default(), |set, check| {
            set.union(check.evidence)
        });
    result.evidence = seen;
    result.unseen = EvidenceSet::of(case.evidence).minus(seen);
    result.notes.clone_from(&verdict.notes);
    result.figures = verdict.figures.iter().map(FigureRecord::from).collect();
    let actions = trace.actions.iter();
    result
        .notes
        .extend(actions.map(|line| format!("process: {line}")));
    result.findings = findings(case, &verdict.checks, trace);

    // A SHOULD finding inside a MUST case is listed, and fails the case only when the run is
    // strict. INFO never fails.
    let level = profile.level_of(case);
    let decisive = if profile.strict {
        level.min(Level::Should)
    } else {
        level
    };
    let failing = result
        .findings
        .iter()
        .find(|finding| finding.level >= decisive && finding.level > Level::Info)
        .cloned();
    if let Some(first) = failing.as_ref().or(result.findings.first()) {
        result.expected = Some(first.expected.clone());
        result.actual = Some(first.actual.clone());
    }
    (result.outcome, result.message) = if let Some(finding) = failing {
        (
            Outcome::Fail,
            format!("not so: {}: {}", finding.claim, finding.actual),
        )
    } else if let Some(why) = verdict
        .checks
        .iter()
        .find_map(|c| left_open(c, case, profile))
    {
        (Outcome::Inconclusive, why)
    } else if level == Level::Info || verdict.checks.iter().any(|c| proves(c, case, level)) {
        (Outcome::Pass, held(&verdict.checks))
    } else if let Some(why) = verdict.checks.iter().find_map(|c| unseen(c, case, level)) {
        // Its requirement does not demand effects, and the case shows nothing else.
        (
            Outcome::NotApplicable,
            format!("it is about effects only: {why}"),
        )
    } else {
        (Outcome::Inconclusive, "nothing was checked".to_owned())
    };
}

/// Why a check leaves its case open, if it does.
fn left_open(check: &Check, case: &Case, profile: &Profile) -> Option<String> {
    if check.level < profile.level_of(case) || !is_own(check, case) {
        return None;
    }
    let why = match &check.judgement {
        Judgement::Unclear(why) => format!("{}: {why}", check.claim),
        Judgement::Unseen(why) => why.clone(),
        Judgement::Held | Judgement::Refuted { .. } => return None,
    };
    // Effects that nobody demands may stay unseen: the report lists them as such.
    let is_about_effects = check.evidence == EvidenceSet::of(&[E3]);
    let demanded = owners(check, case)
        .iter()
        .fold(EvidenceSet::default(), |set, id| {
            set.union(profile.demanded(*id).kinds)
        });
    (!is_about_effects || demanded.contains(check.evidence)).then_some(why)
}

/// What would show a claim of the case's own weight that could not be looked at, if it is one.
fn unseen<'c>(check: &'c Check, case: &Case, level: Level) -> Option<&'c str> {
    match &check.judgement {
        Judgement::Unseen(why) if check.level >= level && is_own(check, case) => Some(why),
        _ => None,
    }
}

fn proves(check: &Check, case: &Case, level: Level) -> bool {
    check.level >= level && is_own(check, case) && check.judgement == Judgement::Held
}

/// The requirements that a check counts for.
fn owners(check: &Check, case: &Case) -> Vec<RequirementId> {
    check
        .requirement
        .map_or_else(|| case.requirements.to_vec(), |id| vec![id])
}

fn is_own(check: &Check, case: &Case) -> bool {
    check
        .requirement
        .is_none_or(|id| case.requirements.contains(&id))
}

fn findings(case: &Case, checks: &[Check], trace: &Trace) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks
        .iter()
        .filter_map(|check| match &check.judgement {
            Judgement::Refuted { expected, actual } => Some(Finding {
                level: check.level,
                requirements: owners(check, case),
                claim: check.claim.clone(),
                expected: expected.clone(),
                actual: actual.clone(),
                attempt: check
                    .attempt
                    .or_else(|| about(check, trace).next().map(|a| a.number)),
            }),
            Judgement::Held | Judgement::Unseen(_) | Judgement::Unclear(_) => None,
        })
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}

fn held(checks: &[Check]) -> String {
    let held = checks
        .iter()
        .filter(|check| check.judgement == Judgement::Held)
        .count();
    let unseen = checks
        .iter()
        .filter(|check| matches!(check.judgement, Judgement::Unseen(_)))
        .count();
    match unseen {
        0 => format!("{held} checks held"),
        _ => format!("{held} checks held, {unseen} about effects unseen"),
    }
}
