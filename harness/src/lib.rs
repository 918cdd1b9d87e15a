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
//! | [`process`] | the receiver's process: start, kill, halt |
//! | [`probe`] | how effects are seen |
//! | [`hooks`] | how the surroundings of the receiver are made to misbehave |
//! | [`log_tail`] | what the receiver logs meanwhile |
//! | [`faults`] | what misbehaves at the moment, and how it is put right |
//! | [`ledger`] | accounting for effects by key |
//! | [`history`] | what a sender knows of its deliveries: acked, refused, unknown |
//! | [`stats`] | what numbers of trials can say |
//! | [`verdict`] | judgements with their evidence |
//! | [`runner`] | preflight, order, judging, the last sweep |
//! | [`report`] | the report as plain data |
//! | [`render`] | pure functions of the report |
//! | [`selftest`] | the harness tried on receivers whose faults are known |
//!
//! [`terms`], [`requirement`], [`secret`], [`redact`], [`throttle`], [`pulse`] and [`error`] serve all of them.

pub mod case;
pub mod cli;
pub mod error;
pub mod faults;
pub mod history;
pub mod hooks;
pub mod ledger;
pub mod load;
pub mod log_tail;
pub mod payloads;
pub mod probe;
pub mod process;
pub mod profile;
pub mod pulse;
pub mod redact;
pub mod render;
pub mod report;
pub mod requirement;
pub mod runner;
pub mod scene;
pub mod secret;
pub mod selftest;
pub mod sender;
mod shell;
pub mod stats;
pub mod terms;
pub mod throttle;
pub mod verdict;
