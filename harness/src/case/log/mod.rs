//! LOG: what a receiver writes to its log, and what it must not (R1, R3).

mod lines;
mod privacy;
mod reading;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[lines::CASES, privacy::CASES];
