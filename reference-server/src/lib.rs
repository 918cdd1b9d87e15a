//! The reference receiver of Hamsa webhook events.
//!
//! It keeps three promises under load and under failure: an answer at once (R1), one effect per
//! (`callId`, `eventType`, `timestamp`) however often it is delivered (R2), and only the holder of the bearer
//! token gets in (R3).
//!
//! # Layout
//!
//! In the order data flows:
//!
//! | module            | does                                                                      |
//! |-------------------|---------------------------------------------------------------------------|
//! | [`run`](run())    | a process: settings, listener, ready line, signals                        |
//! | `args`            | the command line, as a type that another binary can embed                 |
//! | [`settings`]      | option over environment over file over default                            |
//! | `server`          | routes, workers, shutdown                                                 |
//! | `connections`     | how many connections there are, and when each ends                        |
//! | `stream`          | deadlines for heads and answers                                           |
//! | `activity`        | what a connection is doing                                                |
//! | `descriptors`     | file descriptors, which bound the connections                             |
//! | `intake`          | a delivery, step by step, until it is acknowledged                        |
//! | [`allowlist`]     | which addresses may deliver                                               |
//! | [`auth`]          | which `Authorization` values may deliver                                  |
//! | `body`            | reading a body within bounds                                              |
//! | `envelope`        | the three members that an event needs                                     |
//! | `acknowledgement` | every answer in one table                                                 |
//! | [`store`]         | durable, deduplicated events and their effects; one file per backend      |
//! | `json_text`       | JSON that is well-formed and yet not readable                             |
//! | `worker`          | leases work: runs the handler, tells sinks, retries, gives up; prunes     |
//! | [`handler`]       | from an event to its effect: pure functions                               |
//! | [`call`]          | the record of a call: a fold over its effects                             |
//! | [`sink`]          | what other systems are told of effects                                    |
//! | `read_api`        | `/healthz`, `/readyz`                                                     |
//! | `effects_api`     | `/effects`, `/calls/{callId}`                                             |
//! | `guard`           | who may read what holds personal data                                     |
//! | [`telemetry`]     | logs without secrets and without content                                  |
//! | [`observe`]       | who counts what happens                                                   |
//! | `extras`          | the one place that knows the optional parts                               |
//! | `manage`          | optional: metrics and dashboard on a listener of their own                |

mod acknowledgement;
mod activity;
pub mod allowlist;
mod args;
pub mod auth;
mod body;
pub mod call;
mod connections;
mod descriptors;
mod effects_api;
mod envelope;
mod extras;
mod guard;
pub mod handler;
mod intake;
mod json_text;
#[cfg(feature = "manage")]
pub mod manage;
pub mod observe;
mod read_api;
mod run;
mod server;
pub mod settings;
pub mod shown;
pub mod sink;
pub mod store;
mod stream;
pub mod telemetry;
mod worker;

pub use args::ReceiverArgs;
pub use run::{RunError, run};
pub use server::{AppState, ServeError, router, serve, serve_managed};
pub use settings::{Settings, SettingsError};
