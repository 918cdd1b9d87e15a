//! IDM: one effect per idempotency key (R2).

mod collation;
mod concurrent;
mod distinct;
mod multiplexed;
mod order;
mod refused;
mod repeat;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    repeat::CASES,
    concurrent::CASES,
    multiplexed::CASES,
    distinct::CASES,
    collation::CASES,
    order::CASES,
    refused::CASES,
];
