//! The exit codes, and the one function that decides between them.

use super::model::{CaseResult, RequirementResult};
use crate::terms::{Conformance, Level, Outcome, RequirementId};

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Every selected requirement is conformant with the evidence its profile demands.
    Conformant = 0,
    /// A MUST failed, or a SHOULD under `--strict`.
    NonConformant = 1,
    /// The user asked for something that cannot be.
    Usage = 2,
    /// Nothing failed, and something demanded was not seen, or nothing ran.
    Unverified = 3,
    /// No verdict is possible about this target.
    NoVerdict = 4,
    /// A fault of the harness.
    Internal = 70,
    /// Interrupted from the terminal.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl ExitCode {
    /// The code of that number.
    pub fn of(code: u8) -> Option<Self> {
        [
            Self::Conformant,
            Self::NonConformant,
            Self::Usage,
            Self::Unverified,
            Self::NoVerdict,
            Self::Internal,
            Self::Interrupted,
            Self::Terminated,
        ]
        .into_iter()
        .find(|known| *known as u8 == code)
    }

    /// What it means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Conformant => "every selected requirement is conformant",
            Self::NonConformant => "a requirement is broken",
            Self::Usage => "the command cannot be carried out as given",
            Self::Unverified => "nothing failed, and not everything demanded was seen",
            Self::NoVerdict => "no verdict is possible about this target",
            Self::Internal => "the harness itself failed",
            Self::Interrupted => "interrupted; the report is partial",
            Self::Terminated => "terminated; the report is partial",
        }
    }
}

/// Decides the exit code of a run that came to an end. Precedence: 70 > 1 > 3 > 0.
pub(super) fn decide(
    cases: &[CaseResult],
    requirements: &[RequirementResult],
    strict: bool,
) -> ExitCode {
    if cases.iter().any(|case| case.outcome == Outcome::Error) {
        return ExitCode::Internal;
    }
    if cases.iter().any(|case| breaks(case, None, strict)) {
        return ExitCode::NonConformant;
    }
    let ran = cases.iter().any(|case| case.outcome == Outcome::Pass);
    let mut selected = requirements
        .iter()
        .filter(|requirement| requirement.selected);
    let is_unproved = selected.any(|requirement| requirement.verdict == Conformance::Unverified);
    if !ran || is_unproved {
        return ExitCode::Unverified;
    }
    ExitCode::Conformant
}

/// True when a case holds a finding that counts for the exit code, against this requirement if one
/// is named.
pub(super) fn breaks(case: &CaseResult, id: Option<RequirementId>, strict: bool) -> bool {
    let least = if strict { Level::Should } else { Level::Must };
    case.outcome != Outcome::Blocked
        && case.findings.iter().any(|finding| {
            finding.level >= least && id.is_none_or(|id| finding.requirements.contains(&id))
        })
}
