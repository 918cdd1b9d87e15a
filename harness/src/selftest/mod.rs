//! The harness judged: every mutant of the zoo has to be found by the cases that name it, and
//! nobody correct may be blamed.
//!
//! | module | holds |
//! |---|---|
//! | `subject` | what is judged: mutants, controls and the reference receiver, as plain data |
//! | `schedule` | which runs there are |
//! | `process` | one run: a child process of the harness, bounded in time |
//! | `drive` | all runs, some at a time, until done or stopped |
//! | `sighting` | what one run said, case by case |
//! | `judge` | what is wrong with a sighting |
//! | `matrix` | all sightings together: the kill matrix |
//! | `elsewhere` | cases that no mutant of the zoo can prove |
//!
//! `judge` and `matrix` are pure; only `process` starts anything.

mod drive;
mod elsewhere;
mod judge;
mod matrix;
mod process;
mod schedule;
mod sighting;
mod subject;

pub use drive::{Progress, drive};
pub use elsewhere::{ELSEWHERE, Elsewhere, elsewhere};
pub use matrix::{
    CaseRow, Circumstances, ControlRow, Flake, Matrix, MutantRow, Problem, Totals, Verdict, matrix,
};
pub use process::Harness;
pub use schedule::{Pass, PlannedRun, Scope, planned};
pub use sighting::{Cell, Ended, Sighting};
pub use subject::{Role, Subject, subjects};
