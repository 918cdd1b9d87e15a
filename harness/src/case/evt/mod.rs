//! EVT: what a receiver makes of an event's members (R1).
//!
//! Beyond its answer, that shows in what its effects tell. `carried` finds values in data of any
//! shape, `telling` delivers and judges; the other files are the cases by topic.

mod carried;
mod handlers;
mod outcome;
mod params;
mod place;
mod records;
mod telling;
mod transcript;
mod values;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    outcome::CASES,
    records::CASES,
    place::CASES,
    transcript::CASES,
    params::CASES,
    values::CASES,
    handlers::CASES,
];
