//! EVT: what a receiver makes of an event's members (R1).

mod outcome;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[outcome::CASES];
