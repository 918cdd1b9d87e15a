//! The kill matrix as text: the numbers, and what is wrong.

use std::fmt::Write as _;

use super::words::{findings_about_us, machine, numbers, what_was_run};
use crate::render::visible;
use crate::selftest::{Ended, Matrix, Progress};

/// What `selftest` prints.
pub fn matrix_text(matrix: &Matrix) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for (what, number) in numbers(matrix) {
        _ = writeln!(text, "{number:>6}  {what}");
    }
    _ = writeln!(
        text,
        "\n{}\n{}",
        what_was_run(&matrix.circumstances),
        machine(&matrix.circumstances)
    );
    let findings = findings_about_us(matrix);
    if !findings.is_empty() {
        _ = writeln!(text, "\nFindings about the harness and its zoo");
        for finding in findings {
            _ = writeln!(text, "  {}", visible(&finding));
        }
    }
    let judgement = if matrix.is_proof() {
        "every mutant is killed by every case that names it, and nobody correct is blamed"
    } else {
        "the harness is not proved"
    };
    _ = writeln!(text, "\n{judgement}");
    text
}

/// One run, as shown while others are under way.
pub fn sighting_line(progress: Progress<'_>) -> String {
    let ended = match &progress.sighting.ended {
        Ended::Reported { code, .. } => format!("exit {code}"),
        Ended::Broken(why) => why.clone(),
    };
    visible(&format!(
        "{} of {}  {}: {ended}",
        progress.done, progress.total, progress.subject.name
    ))
}
