//! ACK: every valid event is answered 200 within five seconds (R1).

mod answer;
mod deadline;
mod tolerance;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[answer::CASES, deadline::CASES, tolerance::CASES];
