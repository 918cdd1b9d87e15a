//! The kill matrix as plain data: what `selftest` prints, and publishes as a page.

mod build;
mod flakes;

use serde::Serialize;

pub use build::matrix;

use crate::terms::Level;

/// All sightings together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// How it was made.
    pub circumstances: Circumstances,
    /// The numbers.
    pub totals: Totals,
    /// Mutants, in the order of the zoo.
    pub mutants: Vec<MutantRow>,
    /// Controls and the reference receiver.
    pub controls: Vec<ControlRow>,
    /// Cases, in the order of the registry.
    pub cases: Vec<CaseRow>,
}

/// How a matrix was made, and on what kind of machine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Circumstances {
    /// The day, as `2026-01-31`.
    pub date: String,
    /// True when every mutant met the whole default set as well.
    pub full: bool,
    /// How often mutants met their named cases, and controls their set.
    pub repeat: u32,
    /// True when patterns left subjects out.
    pub selected: bool,
    /// Set when it was cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// Mutants run at a time.
    pub jobs: usize,
    /// How long all of it took, in seconds.
    pub took_s: u64,
    /// Processors.
    pub cores: usize,
    /// The load average over a minute, before and after; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<(f64, f64)>,
}

/// The numbers of a matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Mutants selected.
    pub mutants: usize,
    /// Found by every case that names them, every time.
    pub killed: usize,
    /// Not found by a case that names them, at least once.
    pub survived: usize,
    /// Named by no case that exists.
    pub awaited: usize,
    /// Mutants and controls that were not tried, because of an interruption.
    pub not_run: usize,
    /// Controls selected, the reference receiver among them.
    pub controls: usize,
    /// Cases that blamed a control, counted by control.
    pub false_findings: usize,
    /// Runs made.
    pub runs: usize,
    /// Pairs of subject and case that were judged more than once.
    pub repeated_cells: usize,
    /// Those of them that were not judged alike each time.
    pub flaky_cells: usize,
}

/// A mutant and what found it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MutantRow {
    /// Its name.
    pub name: String,
    /// Its bug.
    pub bug: String,
    /// How a run on it is expected to end: `failure`, `finding`, `root-cause` or `no-verdict`.
    pub expect: &'static str,
    /// The judgement.
    pub verdict: Verdict,
    /// The cases that name it.
    pub named: Vec<String>,
    /// Those of them that do not exist.
    pub missing: Vec<String>,
    /// Every case that found it, at least once.
    pub killers: Vec<String>,
    /// Runs made.
    pub runs: usize,
    /// What went wrong, if anything.
    pub problems: Vec<Problem>,
    /// Named cases that did not say the same each time.
    pub flakes: Vec<Flake>,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every case that names it found it, every time.
    Killed,
    /// One of them did not, at least once.
    Survived,
    /// No case that names it exists.
    Awaited,
    /// It was not tried.
    NotRun,
}

/// A correct receiver and what it was blamed for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlRow {
    /// Its name.
    pub name: String,
    /// How it differs.
    pub differs: String,
    /// The cases that may have a SHOULD finding, or no verdict.
    pub declared: Vec<String>,
    /// Runs made.
    pub runs: usize,
    /// What it was blamed for.
    pub problems: Vec<Problem>,
    /// Cases that did not say the same each time.
    pub flakes: Vec<Flake>,
}

/// Something that should not be, by the case that said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The case; `run` for a run as a whole.
    pub case: String,
    /// What was seen, the first time.
    pub text: String,
    /// In how many runs.
    pub runs: usize,
}

/// A case that did not say the same each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flake {
    /// The case; `run` for a run as a whole.
    pub case: String,
    /// What it said, and how often.
    pub said: Vec<(String, usize)>,
}

/// A case and what it finds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseRow {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: Level,
    /// The mutants that name it.
    pub named_by: Vec<String>,
    /// The mutants it found.
    pub kills: Vec<String>,
    /// Where it is proved, and why no mutant can, when that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
}

impl Matrix {
    /// True when every mutant was killed, nobody correct blamed, and everything said alike.
    pub fn is_proof(&self) -> bool {
        let totals = &self.totals;
        totals.killed == totals.mutants
            && totals.false_findings == 0
            && totals.flaky_cells == 0
            && totals.not_run == 0
            && totals.mutants + totals.controls > 0
            && self.circumstances.interrupted.is_none()
    }

    /// Cases that find no mutant, as far as was looked: every case against every mutant, or only
    /// by name. With a selection of mutants there is nothing to say.
    pub fn idle_cases(&self) -> impl Iterator<Item = &CaseRow> {
        let made = &self.circumstances;
        let can_tell = !made.selected && made.interrupted.is_none();
        let is_idle = move |case: &&CaseRow| {
            can_tell && case.kills.is_empty() && (made.full || case.named_by.is_empty())
        };
        self.cases.iter().filter(is_idle)
    }
}

impl MutantRow {
    /// True when it was found, and by no case that names it.
    pub fn is_killed_by_others_only(&self) -> bool {
        self.verdict != Verdict::Killed
            && !self.killers.is_empty()
            && !self.killers.iter().any(|case| self.named.contains(case))
    }
}
