//! What several formats count and word alike.

use std::time::Duration;

use crate::report::{CaseResult, Report};
use crate::sender::millis;
use crate::terms::{Level, Outcome};

/// The cases by family (`ACK`, `IDM`, …), in report order.
pub(super) fn families(report: &Report) -> Vec<(&str, Vec<&CaseResult>)> {
    let mut families: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in &report.cases {
        let name = case.id.split('-').next().unwrap_or(&case.id);
        match families.iter_mut().find(|(family, _)| *family == name) {
            Some((_, cases)) => cases.push(case),
            None => families.push((name, vec![case])),
        }
    }
    families
}

/// The level of the heaviest finding. A case that failed has one of its own level, said or not.
pub(super) fn heaviest(case: &CaseResult) -> Option<Level> {
    let failed = (case.outcome == Outcome::Fail).then_some(case.level);
    case.findings
        .iter()
        .map(|finding| finding.level)
        .chain(failed)
        .max()
}

/// Cases with that outcome.
pub(super) fn count(cases: &[&CaseResult], outcome: Outcome) -> usize {
    cases.iter().filter(|case| case.outcome == outcome).count()
}

/// Milliseconds as a duration; zero for what is none.
pub(super) fn duration(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

/// Milliseconds for people.
pub(super) fn time(ms: f64) -> String {
    millis(duration(ms))
}

/// A number with the noun that fits it.
pub(super) fn number_of(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What an exit code means.
pub(super) const fn exit_meaning(code: u8) -> &'static str {
    match code {
        0 => {
            "every selected requirement is conformant with the evidence demanded, or not applicable"
        }
        1 => "something that must hold was refuted",
        2 => "the command, its configuration or an input cannot be used",
        3 => "nothing failed, but something demanded is unverified or inconclusive, or nothing ran",
        4 => "no verdict possible: the receiver could not be spoken to, or it refused the secret",
        70 => "the harness itself failed",
        130 => "interrupted; this report is partial",
        143 => "terminated; this report is partial",
        _ => "not an exit code of the harness",
    }
}
