//! What is not said alike each time.

use std::collections::BTreeMap;

use super::Flake;
use crate::selftest::sighting::{Ended, Sighting};
use crate::terms::Level;

/// What was found over the repeats of one subject.
#[derive(Debug, Default)]
pub(super) struct Flakes {
    /// Cells that were judged more than once.
    pub(super) repeated: usize,
    /// Those of them that differ.
    pub(super) found: Vec<Flake>,
}

/// What was said of each cell, and how often.
#[derive(Debug, Default)]
pub(super) struct Said(BTreeMap<String, BTreeMap<String, usize>>);

impl Said {
    /// One more judgement of a cell.
    pub(super) fn add(&mut self, case: &str, word: String) {
        let words = self.0.entry(case.to_owned()).or_default();
        *words.entry(word).or_default() += 1;
    }

    pub(super) fn flakes(self) -> Flakes {
        let mut flakes = Flakes::default();
        for (case, words) in self.0 {
            flakes.repeated += usize::from(words.values().sum::<usize>() > 1);
            if words.len() > 1 {
                flakes.found.push(Flake {
                    case,
                    said: words.into_iter().collect(),
                });
            }
        }
        flakes
    }
}

/// Of a control every case counts: its outcome, and a finding that is more than INFO.
pub(super) fn of_control(seen: &[&Sighting]) -> Flakes {
    let mut said = Said::default();
    for sighting in seen {
        let ended = match &sighting.ended {
            Ended::Reported { code, .. } => format!("exit {code}"),
            Ended::Broken(_) => "no report".to_owned(),
        };
        said.add("run", ended);
        for (case, cell) in &sighting.cells {
            let word = match cell.finding.filter(|level| *level > Level::Info) {
                Some(level) => format!("{} ({level})", cell.outcome),
                None => cell.outcome.to_string(),
            };
            said.add(case, word);
        }
    }
    said.flakes()
}
