//! What one run said, case by case.

use std::collections::BTreeMap;

use super::schedule::Pass;
use crate::report::{CaseResult, Report};
use crate::terms::{Level, Outcome};

/// What came out of one run.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// Index of the subject.
    pub subject: usize,
    /// The cases of the run.
    pub pass: Pass,
    /// How it ended.
    pub ended: Ended,
    /// The cases that were selected, by id.
    pub cells: BTreeMap<String, Cell>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With a report.
    Reported {
        /// The exit code.
        code: i32,
        /// The report's headline.
        headline: String,
    },
    /// Without one; what is known about it.
    Broken(String),
}

/// What one case said in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its outcome.
    pub outcome: Outcome,
    /// Its heaviest finding.
    pub finding: Option<Level>,
    /// That finding's text.
    pub actual: String,
}

impl Sighting {
    /// What a report says.
    pub fn of(subject: usize, pass: Pass, code: i32, report: &Report) -> Self {
        let cells = report
            .cases
            .iter()
            .filter(|case| case.outcome != Outcome::NotRun)
            .map(|case| (case.id.clone(), Cell::of(case)))
            .collect();
        Self {
            subject,
            pass,
            ended: Ended::Reported {
                code,
                headline: report.headline.clone(),
            },
            cells,
        }
    }

    /// A run that left no report.
    pub fn broken(subject: usize, pass: Pass, why: String) -> Self {
        Self {
            subject,
            pass,
            ended: Ended::Broken(why),
            cells: BTreeMap::new(),
        }
    }
}

impl Cell {
    fn of(case: &CaseResult) -> Self {
        // What a blocked case was about to say is a root cause's, not its own.
        let heaviest = case
            .findings
            .iter()
            .filter(|_| case.outcome != Outcome::Blocked)
            .max_by_key(|finding| finding.level);
        Self {
            outcome: case.outcome,
            finding: heaviest.map(|finding| finding.level),
            actual: heaviest.map_or_else(String::new, |finding| finding.actual.clone()),
        }
    }

    /// True when the case has no verdict and should have one.
    pub fn is_open(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Inconclusive | Outcome::Blocked | Outcome::Error
        )
    }

    /// True when the case failed at MUST.
    pub fn fails_at_must(&self) -> bool {
        self.outcome == Outcome::Fail && self.finding == Some(Level::Must)
    }
}
