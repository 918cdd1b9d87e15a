//! IDM: one effect per idempotency key (R2).

mod calls;
mod collation;
mod concurrent;
mod distinct;
mod multiplexed;
mod order;
mod races;
mod refused;
mod repeat;
mod trouble;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    repeat::CASES,
    calls::CASES,
    concurrent::CASES,
    multiplexed::CASES,
    distinct::CASES,
    collation::CASES,
    order::CASES,
    refused::CASES,
    trouble::CASES,
];
