//! AUT: only the holder of the bearer token gets in (R3).

mod absent;
mod disclosure;
mod near_miss;
mod scope;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    absent::CASES,
    near_miss::CASES,
    scope::CASES,
    disclosure::CASES,
];
