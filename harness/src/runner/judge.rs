//! From a trial's verdict to the result of its case.

use std::time::Duration;

use super::plan::Planned;
use super::preflight::{Blocks, Root};
use super::records::{curl, ms, record, traffic};
use crate::case::{Case, Need, Stop, Trace};
use crate::profile::Profile;
use crate::report::{CaseResult, ClauseText, Finding, Traffic};
use crate::requirement::clause_by_id;
use crate::scene::Scene;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::E1;
use crate::terms::{EvidenceSet, Level, Outcome};
use crate::verdict::{Check, Judgement, Verdict};

/// Attempts that a result shows in full.
const SHOWN_ATTEMPTS: usize = 4;

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
            Err(Stop::Gone(why)) if self.scene.down_after() == Some(case.id) => {
                let verdict = stopped_serving(trace, why);
                self.fold(case, &verdict, trace, &mut result);
                self.show_attempts(&verdict, trace, &mut result);
            }
            Err(Stop::Gone(why)) => {
                result.outcome = Outcome::Inconclusive;
                result.message = format!("the receiver cannot be reached any more: {why}");
                self.block_if_down(&mut result);
            }
            Ok(verdict) => {
                self.fold(case, verdict, trace, &mut result);
                self.show_attempts(verdict, trace, &mut result);
                if result.outcome == Outcome::Fail {
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
            notes: Vec::new(),
        };
        let trace = Trace {
            attempts: root.attempts.clone(),
            ledger: crate::ledger::Ledger::default(),
            effects: Vec::new(),
        };
        result.traffic = traffic(&trace.attempts);
        self.fold(case, &verdict, &trace, &mut result);
        self.show_attempts(&verdict, &trace, &mut result);
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

    /// The result of a case that an interruption cut off.
    pub(super) fn cut_off(&self, case: &'static Case, why: &str) -> CaseResult {
        let mut result = self.blank(case);
        result.outcome = Outcome::NotRun;
        result.message = why.to_owned();
        result
    }

    fn blank(&self, case: &'static Case) -> CaseResult {
        let declared = EvidenceSet::of(case.evidence);
        CaseResult {
            id: case.id.to_owned(),
            title: case.title.to_owned(),
            requirements: case.requirements.to_vec(),
            level: case.level,
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
            traffic: Traffic::default(),
            attempts: Vec::new(),
            repro: vec![format!("{} --only {}", self.command, case.id)],
            fix: case.doc_line("Fix").unwrap_or_default().to_owned(),
            duration_ms: 0.0,
        }
    }

    /// Outcome, evidence and findings from the checks.
    fn fold(&self, case: &Case, verdict: &Verdict, trace: &Trace, result: &mut CaseResult) {
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
        result.findings = findings(&verdict.checks, trace);

        // A SHOULD finding inside a MUST case is listed, and fails the case only when the run is
        // strict. INFO never fails.
        let decisive = if self.profile.strict {
            case.level.min(Level::Should)
        } else {
            case.level
        };
        let failing = result
            .findings
            .iter()
            .find(|f| f.level >= decisive && f.level > Level::Info)
            .cloned();
        if let Some(first) = failing.as_ref().or(result.findings.first()) {
            result.expected = Some(first.expected.clone());
            result.actual = Some(first.actual.clone());
        }
        let counts = |check: &&Check| check.level >= case.level;
        let unclear =
            verdict
                .checks
                .iter()
                .filter(counts)
                .find_map(|check| match &check.judgement {
                    Judgement::Unclear(why) => Some(format!("{}: {why}", check.claim)),
                    _ => None,
                });
        let demanded = self.demanded(case);
        let unseen =
            verdict
                .checks
                .iter()
                .filter(counts)
                .find_map(|check| match &check.judgement {
                    Judgement::Unseen(why) if !check.evidence.intersection(demanded).is_empty() => {
                        Some(why.clone())
                    }
                    _ => None,
                });
        let has_any = verdict
            .checks
            .iter()
            .any(|check| check.level >= case.level && matches!(check.judgement, Judgement::Held));
        (result.outcome, result.message) = if let Some(finding) = failing {
            (
                Outcome::Fail,
                format!("{}: {}", finding.claim_not(), finding.actual),
            )
        } else if let Some(why) = unclear {
            (Outcome::Inconclusive, why)
        } else if let Some(why) = unseen {
            (Outcome::Inconclusive, why)
        } else if case.level == Level::Info || has_any {
            (Outcome::Pass, held(&verdict.checks))
        } else {
            (Outcome::Inconclusive, "nothing was checked".to_owned())
        };
    }

    /// The evidence that the requirements of a case demand.
    fn demanded(&self, case: &Case) -> EvidenceSet {
        case.requirements
            .iter()
            .fold(EvidenceSet::default(), |set, id| {
                set.union(self.profile.demanded(*id).kinds)
            })
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

    fn show_attempts(&self, verdict: &Verdict, trace: &Trace, result: &mut CaseResult) {
        let mut shown: Vec<&Attempt> = Vec::new();
        let mut show = |attempt: &'_ Attempt| {
            let number = attempt.number;
            if shown.len() < SHOWN_ATTEMPTS && !shown.iter().any(|known| known.number == number) {
                shown.push(&trace.attempts[number]);
            }
        };
        let mut refuted: Vec<&Check> = verdict
            .checks
            .iter()
            .filter(|check| check.is_refuted())
            .collect();
        refuted.sort_by_key(|check| std::cmp::Reverse(check.level));
        for check in refuted {
            if let Some(attempt) = check.attempt.and_then(|number| trace.attempts.get(number)) {
                show(attempt);
            }
            if let Some(key) = &check.about {
                for attempt in trace.attempts.iter().filter(|a| carries(a, &key.call_id)) {
                    show(attempt);
                }
            }
        }
        let target = &self.scene.connector.target;
        if self.can_repeat_requests {
            result
                .repro
                .extend(shown.first().and_then(|attempt| curl(attempt, target)));
        }
        result.attempts = shown
            .into_iter()
            .map(|attempt| record(attempt, target, self.scene.started))
            .collect();
    }
}

/// True when preflight's root cause makes a case meaningless.
pub(super) fn is_blocked(case: &Case, root: &Root) -> bool {
    case.id != root.case
        && match root.blocks {
            Blocks::Everything => true,
            // A receiver that checks for presence only still refuses requests without a token.
            Blocks::Refusals => {
                case.needs.contains(&Need::Refusal)
                    && !(root.case == "AUT-02" && case.id == "AUT-01")
            }
        }
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
    );
    Verdict {
        checks: vec![match last {
            Some(attempt) => check.shown_by(attempt.number),
            None => check,
        }],
        notes: Vec::new(),
    }
}

fn findings(checks: &[Check], trace: &Trace) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks
        .iter()
        .filter_map(|check| match &check.judgement {
            Judgement::Refuted { expected, actual } => Some(Finding {
                level: check.level,
                claim: check.claim.clone(),
                expected: expected.clone(),
                actual: actual.clone(),
                attempt: check.attempt.or_else(|| {
                    let key = check.about.as_ref()?;
                    let shown = trace.attempts.iter().find(|a| carries(a, &key.call_id))?;
                    Some(shown.number)
                }),
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

fn carries(attempt: &Attempt, call_id: &str) -> bool {
    let body = &attempt.request.body;
    let needle = call_id.as_bytes();
    // Bodies of megabytes carry their ids at the front.
    let body = &body[..body.len().min(256 * 1024)];
    !needle.is_empty() && body.windows(needle.len()).any(|window| window == needle)
}

impl Finding {
    /// The claim, said to be untrue.
    fn claim_not(&self) -> String {
        format!("not so: {}", self.claim)
    }
}
