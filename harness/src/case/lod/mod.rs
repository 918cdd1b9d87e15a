//! LOD: the promises under load (R1, with R2's and R3's accounting).
//!
//! `mix` holds streams of several kinds of requests, `judging` what all of them are judged by, the
//! other files the cases.

mod burst;
mod connections;
mod copies;
mod judging;
mod long;
mod mix;
mod ramp;
mod recovery;
mod steady;
mod strangers;
mod watch;

use std::time::Duration;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    steady::CASES,
    burst::CASES,
    copies::CASES,
    strangers::CASES,
    connections::CASES,
    ramp::CASES,
    recovery::CASES,
    long::CASES,
    watch::CASES,
];

/// Requests per second: small enough for a CI machine, and more than any one agent sends.
const RATE: f64 = 200.0;
/// How long a stream of the default set lasts.
const OVER: Duration = Duration::from_secs(2);
