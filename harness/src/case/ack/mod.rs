//! ACK: every valid event is answered 200 within five seconds (R1).

mod answer;
mod content;
mod deadline;
mod silence;
mod size;
mod testing;
mod tolerance;
mod trouble;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    answer::CASES,
    content::CASES,
    deadline::CASES,
    silence::CASES,
    size::CASES,
    testing::CASES,
    tolerance::CASES,
    trouble::CASES,
];
