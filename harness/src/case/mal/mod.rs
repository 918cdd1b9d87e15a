//! MAL: what is no event has no effect, and the receiver keeps serving (RB).

mod content;
mod shape;
mod size;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[shape::CASES, content::CASES, size::CASES];
