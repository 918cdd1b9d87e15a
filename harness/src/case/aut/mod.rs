//! AUT: only the holder of the bearer token gets in (R3).
//!
//! AUT-21 is no case: a receiver whose profile declares authentication off has nothing to refuse.
//! The report then judges R3 not applicable, and its headline says so.

mod absent;
mod disclosure;
mod flood;
mod near_miss;
mod rotation;
mod scope;
mod stranger;
mod timing;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    absent::CASES,
    near_miss::CASES,
    scope::CASES,
    disclosure::CASES,
    stranger::CASES,
    timing::CASES,
    rotation::CASES,
    flood::CASES,
];
