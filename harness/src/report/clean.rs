//! Blanks the secret in every field of a report that holds text from outside.
//!
//! Our own words are left alone: a token such as `pass` must not turn the word in an outcome into
//! something that no reader knows.

use super::exchange::AttemptRecord;
use super::model::{CaseResult, Report};
use crate::redact::Redactor;

/// Scrubs what a receiver, a probe or the user's command line may have put into the report.
pub(super) fn clean(report: &mut Report, redactor: &Redactor) {
    let scrub = |text: &mut String| *text = redactor.scrub(text);
    scrub(&mut report.target.url);
    scrub(&mut report.target.given);
    report.next.iter_mut().for_each(scrub);
    report.effects.probe.iter_mut().for_each(scrub);
    for step in &mut report.preflight {
        scrub(&mut step.detail);
    }
    for requirement in &mut report.requirements {
        scrub(&mut requirement.reason);
    }
    for case in &mut report.cases {
        clean_case(case, redactor);
    }
}

fn clean_case(case: &mut CaseResult, redactor: &Redactor) {
    let scrub = |text: &mut String| *text = redactor.scrub(text);
    scrub(&mut case.message);
    case.expected.iter_mut().for_each(scrub);
    case.actual.iter_mut().for_each(scrub);
    case.notes.iter_mut().for_each(scrub);
    case.repro.iter_mut().for_each(scrub);
    for finding in &mut case.findings {
        scrub(&mut finding.claim);
        scrub(&mut finding.expected);
        scrub(&mut finding.actual);
    }
    for attempt in &mut case.attempts {
        clean_attempt(attempt, redactor);
    }
}

fn clean_attempt(attempt: &mut AttemptRecord, redactor: &Redactor) {
    let scrub = |text: &mut String| *text = redactor.scrub(text);
    scrub(&mut attempt.request.path);
    attempt.request.authorization.iter_mut().for_each(scrub);
    attempt.request.body.text.iter_mut().for_each(scrub);
    attempt.no_answer.iter_mut().for_each(scrub);
    if let Some(response) = &mut attempt.response {
        scrub(&mut response.body);
        for (name, value) in &mut response.headers {
            scrub(name);
            scrub(value);
        }
    }
}
