//! LOD: the promises under load (R1, with R2's accounting).

mod burst;
mod steady;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[steady::CASES, burst::CASES];
