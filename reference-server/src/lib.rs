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
//! | `server`          | routes, connections, workers, shutdown                                    |
//! | `intake`          | a delivery, step by step, until it is acknowledged                        |
//! | [`allowlist`]     | which addresses may deliver                                               |
//! | [`auth`]          | which `Authorization` values may deliver                                  |
//! | `body`            | reading a body within bounds                                              |
//! | `acknowledgement` | every answer in one table                                                 |
//! | [`store`]         | durable, deduplicated events and their effects; one file per backend      |
//! | `worker`          | leases events, runs the handler, retries, gives up                        |
//! | [`handler`]       | from an event to its effect: pure functions                               |
//! | [`call`]          | the record of a call: a fold over its effects                             |
//! | `read_api`        | `/healthz`, `/readyz`, `/effects`, `/calls/{callId}`                      |
//! | [`telemetry`]     | logs without secrets and without content                                  |

mod acknowledgement;
pub mod allowlist;
mod args;
pub mod auth;
mod body;
pub mod call;
pub mod handler;
mod intake;
mod read_api;
mod run;
mod server;
pub mod settings;
pub mod store;
pub mod telemetry;
mod worker;

pub use args::ReceiverArgs;
pub use run::{RunError, run};
pub use server::{AppState, ServeError, router, serve};
pub use settings::{Settings, SettingsError};
