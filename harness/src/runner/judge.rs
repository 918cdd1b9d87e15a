//! From a trial's verdict to the result of its case.

use std::time::Duration;

use super::exhibits::exhibits;
use super::fold::fold;
use super::plan::Planned;
use super::preflight::{Blocks, Root};
use super::records::{curl, record, traffic};
use crate::case::{Case, Need, Schedule, Stop, Trace};
use crate::process::ProcessError;
use crate::profile::Profile;
use crate::report::{CaseResult, ClauseText, Traffic, ms};
use crate::requirement::clause_by_id;
use crate::scene::Scene;
use crate::terms::EvidenceKind::{E1, E3, E4};
use crate::terms::{EvidenceSet, Level, Outcome, RequirementId};
use crate::verdict::{Check, Judgement, Verdict};

/// What judging needs besides the verdict.
pub(super) struct Judge<'a> {
    pub(super) scene: &'a Scene,
    pub(super) profile: &'a Profile,
    /// The command line that runs this target again, without a selection.
    pub(super) command: &'a str,
    /// False when the receiver is gone once the run has ended, so that no request can be repeated.
    pub(super) can_repeat_requests: bool,
}

impl Judge<'_> {
    /// The result of a case whose body ran.
    pub(super) fn judged(
        &self,
        case: &'static Case,
        ended: &Result<Verdict, Stop>,
        trace: &Trace,
        took: Duration,
    ) -> CaseResult {
        let mut result = self.blank(case);
        result.duration_ms = ms(took);
        result.traffic = traffic(&trace.attempts);
        match ended {
            Err(Stop::Harness(error)) => {
                result.outcome = Outcome::Error;
                result.message = error.to_string();
            }
            Err(Stop::NotApplicable(why)) => {
                result.outcome = Outcome::NotApplicable;
                result.message.clone_from(why);
            }
            Err(Stop::Hook(error)) => {
                result.outcome = Outcome::Inconclusive;
                result.message = error.to_string();
            }
            Err(Stop::Gone(why)) if self.scene.down_after() == Some(case.id) => {
                let verdict = stopped_serving(trace, why);
                fold(case, &verdict, trace, self.profile, &mut result);
                self.exhibit(&verdict, trace, &mut result);
            }
            Err(Stop::Gone(why)) => {
                result.outcome = Outcome::Inconclusive;
                result.message = format!("the receiver cannot be reached any more: {why}");
                self.block_if_down(&mut result);
            }
            Err(Stop::Process(error)) if error.is_receivers() => {
                let verdict = not_started_again(error, self.profile.level_of(case));
                fold(case, &verdict, trace, self.profile, &mut result);
            }
            Err(Stop::Process(error)) => {
                fold(case, &Verdict::new(), trace, self.profile, &mut result);
                result.outcome = Outcome::Inconclusive;
                result.message = error.to_string();
            }
            Ok(verdict) if self.was_settling(case) => {
                let verdict = without_late_effects(verdict);
                fold(case, &verdict, trace, self.profile, &mut result);
                self.exhibit(&verdict, trace, &mut result);
            }
            Ok(verdict) => {
                fold(case, verdict, trace, self.profile, &mut result);
                self.exhibit(verdict, trace, &mut result);
                if matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive) {
                    self.block_if_down(&mut result);
                }
            }
        }
        result
    }

    /// The result of the case that preflight's root cause is filed under.
    pub(super) fn root(&self, case: &'static Case, root: &Root) -> CaseResult {
        let mut result = self.blank(case);
        let verdict = Verdict {
            checks: vec![root.check.clone()],
            ..Verdict::new()
        };
        let trace = Trace {
            attempts: root.attempts.clone(),
            ledger: crate::ledger::Ledger::default(),
            effects: Vec::new(),
            actions: Vec::new(),
        };
        result.traffic = traffic(&trace.attempts);
        fold(case, &verdict, &trace, self.profile, &mut result);
        self.exhibit(&verdict, &trace, &mut result);
        result
            .notes
            .push("found by preflight; it blocks the cases that depend on it".to_owned());
        result
    }

    /// The result of a case that did not run.
    pub(super) fn rested(
        &self,
        case: &'static Case,
        planned: &Planned,
        root: Option<&Root>,
    ) -> Option<CaseResult> {
        let mut result = self.blank(case);
        match planned {
            Planned::Rests {
                outcome, reason, ..
            } => {
                result.outcome = *outcome;
                result.message.clone_from(reason);
            }
            Planned::Runs => {
                let root = root.filter(|root| is_blocked(case, root))?;
                result.outcome = Outcome::Blocked;
                result.message = format!("blocked by {}: {}", root.case, root.check.claim);
            }
        }
        Some(result)
    }

    /// The result of a case whose turn came when the receiver was down.
    pub(super) fn blocked(&self, case: &'static Case, killer: &str, why: &str) -> CaseResult {
        let mut result = self.blank(case);
        result.outcome = Outcome::Blocked;
        result.message =
            format!("blocked by {killer}: the receiver could not be started again: {why}");
        result
    }

    /// The result of a case whose body panicked.
    pub(super) fn crashed(&self, case: &'static Case, why: &str) -> CaseResult {
        let mut result = self.blank(case);
        result.outcome = Outcome::Error;
        result.message = why.to_owned();
        result
    }

    /// The result of a case that an interruption cut off.
    pub(super) fn cut_off(&self, case: &'static Case, why: &str) -> CaseResult {
        let mut result = self.blank(case);
        result.outcome = Outcome::NotRun;
        result.message = why.to_owned();
        result
    }

    /// Shows the attempts behind the findings, and how to send the first of them again.
    fn exhibit(&self, verdict: &Verdict, trace: &Trace, result: &mut CaseResult) {
        let target = &self.scene.connector.target;
        let shown = exhibits(verdict, trace);
        if self.can_repeat_requests {
            let headers = &self.scene.connector.headers;
            let again = shown
                .first()
                .and_then(|attempt| curl(attempt, target, headers));
            result.repro.extend(again);
        }
        result.attempts = shown
            .into_iter()
            .map(|attempt| record(attempt, target, self.scene.started))
            .collect();
    }

    fn blank(&self, case: &'static Case) -> CaseResult {
        let declared = EvidenceSet::of(case.evidence);
        CaseResult {
            id: case.id.to_owned(),
            title: case.title.to_owned(),
            requirements: case.requirements.to_vec(),
            level: self.profile.level_of(case),
            outcome: Outcome::NotRun,
            evidence: EvidenceSet::default(),
            unseen: declared,
            message: String::new(),
            expected: None,
            actual: None,
            clauses: case
                .clauses
                .iter()
                .filter_map(|id| clause_by_id(id))
                .map(|clause| ClauseText {
                    id: clause.id.to_owned(),
                    statement: clause.statement.to_owned(),
                    source: clause.source.to_owned(),
                })
                .collect(),
            findings: Vec::new(),
            notes: Vec::new(),
            figures: Vec::new(),
            traffic: Traffic::default(),
            attempts: Vec::new(),
            repro: vec![format!("{} --only {}", self.command, case.id)],
            fix: case.doc_line("Fix").unwrap_or_default().to_owned(),
            duration_ms: 0.0,
        }
    }

    /// True for a case whose answers were in when another ended the receiver.
    fn was_settling(&self, case: &Case) -> bool {
        matches!(case.schedule, Schedule::Load | Schedule::Slow)
            && self
                .scene
                .down_after()
                .is_some_and(|killer| killer != case.id)
    }

    /// Once a hostile case has ended the receiver, what others saw afterwards says nothing.
    fn block_if_down(&self, result: &mut CaseResult) {
        if let Some(killer) = self
            .scene
            .down_after()
            .filter(|killer| *killer != result.id)
        {
            result.outcome = Outcome::Blocked;
            result.message = format!("blocked by {killer}: the receiver stopped serving after it");
            result.findings.clear();
            result.attempts.clear();
            (result.expected, result.actual) = (None, None);
        }
    }
}

/// True when preflight's root cause makes a case meaningless.
pub(super) fn is_blocked(case: &Case, root: &Root) -> bool {
    case.id != root.case
        && match root.blocks {
            Blocks::Everything => case.schedule != Schedule::Handshakes,
            // A receiver that checks for presence only still refuses requests without a token.
            Blocks::Refusals => {
                case.needs.contains(&Need::Refusal)
                    && !(root.case == "AUT-02" && case.id == "AUT-01")
            }
        }
}

/// The verdict without what effects said after the receiver had been ended.
fn without_late_effects(verdict: &Verdict) -> Verdict {
    let mut verdict = verdict.clone();
    for check in &mut verdict.checks {
        if check.evidence == EvidenceSet::of(&[E3]) && check.judgement != Judgement::Held {
            let why = "the receiver stopped serving before its effects were read";
            check.judgement = Judgement::Unseen(why.to_owned());
        }
    }
    verdict
}

/// A receiver that a case ended, and that does not come back.
fn not_started_again(error: &ProcessError, level: Level) -> Verdict {
    let refuted = Some(("it listens again".to_owned(), error.to_string()));
    let claim = "the receiver starts again after its process was ended";
    let mut verdict = Verdict::new();
    verdict.add(Check::judged(level, claim, &[E4], refuted));
    verdict
}

/// A case that ended the receiver: the last request that reached it shows how.
fn stopped_serving(trace: &Trace, why: &str) -> Verdict {
    let last = trace
        .attempts
        .iter()
        .rev()
        .find(|attempt| !attempt.never_connected());
    let after = last.map_or("the last request", |attempt| attempt.request.label.as_str());
    let refuted = Some((
        "the receiver keeps serving".to_owned(),
        format!("{why} after {after}"),
    ));
    let check = Check::judged(
        Level::Must,
        "the receiver still serves afterwards",
        &[E1],
        refuted,
    )
    .filed_under(RequirementId::Rb);
    Verdict {
        checks: vec![match last {
            Some(attempt) => check.shown_by(attempt.number),
            None => check,
        }],
        ..Verdict::new()
    }
}
