//! The conformance harness: proves or refutes, with evidence, that a webhook receiver answers in time
//! (R1), takes an event once (R2) and lets only the holder of the token in (R3).
//!
//! # Layout
//!
//! In the order data flows:
//!
//! | module | does |
//! |---|---|
//! | [`cli`] | arguments, settings, output |
//! | [`profile`] | what the user declares about the receiver |
//! | [`payloads`] | where bodies come from |
//! | [`scene`] | what all trials of a run share |
//! | [`case`] | the cases, and what their bodies work with |
//! | [`sender`] | attempts over connections of its own, timed |
//! | [`load`] | deliveries at a constant rate |
//! | [`probe`] | how effects are seen |
//! | [`hooks`] | how the surroundings of the receiver are made to misbehave |
//! | [`faults`] | what misbehaves at the moment, and how it is put right |
//! | [`ledger`] | accounting for effects by key |
//! | [`stats`] | what numbers of trials can say |
//! | [`verdict`] | judgements with their evidence |
//! | [`runner`] | preflight, order, judging, the last sweep |
//! | [`report`] | the report as plain data |
//! | [`render`] | pure functions of the report |
//!
//! [`terms`], [`requirement`], [`secret`], [`redact`], [`throttle`], [`pulse`] and [`error`] serve all of them.

pub mod case;
pub mod cli;
pub mod error;
pub mod faults;
pub mod hooks;
pub mod ledger;
pub mod load;
pub mod payloads;
pub mod probe;
pub mod profile;
pub mod pulse;
pub mod redact;
pub mod render;
pub mod report;
pub mod requirement;
pub mod runner;
pub mod scene;
pub mod secret;
pub mod sender;
mod shell;
pub mod stats;
pub mod terms;
pub mod throttle;
pub mod verdict;
