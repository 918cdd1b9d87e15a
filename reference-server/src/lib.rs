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
//! | [`admin`]         | commands beside the receiver: dead letters, prune, forget                 |
//! | `args`            | the command line, as a type that another binary can embed                 |
//! | [`settings`]      | option over environment over file over default                            |
//! | `server`          | routes, workers, shutdown                                                 |
//! | `connections`     | serving connections, and when each ends                                   |
//! | `door`            | how many connections there are, and how many of them one client may have  |
//! | [`transport`]     | plain, or TLS where the cargo feature `tls` is built in (module `tls`)    |
//! | `shares`          | who has how many connections                                              |
//! | `stream`          | deadlines for heads and answers                                           |
//! | `activity`        | what a connection is doing                                                |
//! | `descriptors`     | file descriptors, which bound the connections                             |
//! | `intake`          | a delivery, step by step, until it is acknowledged                        |
//! | `client`          | the address a request comes from, behind trusted proxies too              |
//! | `admission`       | allow-list, authentication, and what a stranger is told                   |
//! | [`networks`]      | lists of addresses: who may deliver, which proxies are believed           |
//! | [`auth`]          | which `Authorization` values may deliver                                  |
//! | `rotation`        | secrets and certificates read again while the process runs                |
//! | `rate_limit`      | how often a stranger may fail                                             |
//! | `body`            | reading a body within bounds                                              |
//! | `envelope`        | the three members that an event needs                                     |
//! | `acknowledgement` | every answer in one table                                                 |
//! | [`store`]         | durable, deduplicated events and their effects; one file per backend      |
//! | `json_text`       | JSON that is well-formed and yet not readable                             |
//! | `worker`          | leases work: runs the handler, tells sinks, retries, gives up; prunes     |
//! | [`handler`]       | from an event to its effect: pure functions                               |
//! | [`call`]          | the record of a call: a fold over its effects                             |
//! | [`sink`]          | what other systems are told of effects                                    |
//! | `sinks`           | CRM, analytics, Slack, e-mail (feature `sinks`)                           |
//! | `read_api`        | `/healthz`, `/readyz`                                                     |
//! | `readiness`       | whether events can be stored, asked once for all who ask                  |
//! | `effects_api`     | `/effects`, `/calls/{callId}`                                             |
//! | `guard`           | who may read what holds personal data                                     |
//! | [`telemetry`]     | logs without secrets and without content                                  |
//! | [`observe`]       | who counts what happens                                                   |
//! | `extras`          | the one place that knows the optional parts                               |
//! | `hidden`          | characters that make a text another than it looks                         |
//! | `manage`          | optional: metrics and dashboard on a listener of their own                |

mod acknowledgement;
mod activity;
pub mod admin;
mod admission;
mod args;
pub mod auth;
mod body;
pub mod call;
mod client;
mod connections;
mod descriptors;
mod door;
mod effects_api;
mod envelope;
mod extras;
mod guard;
pub mod handler;
#[cfg(any(feature = "manage", feature = "sinks"))]
mod hidden;
mod intake;
mod json_text;
#[cfg(feature = "manage")]
pub mod manage;
pub mod networks;
pub mod observe;
mod rate_limit;
mod read_api;
mod readiness;
mod rotation;
mod run;
mod server;
pub mod settings;
mod shares;
pub mod shown;
pub mod sink;
#[cfg(feature = "sinks")]
mod sinks;
pub mod store;
mod stream;
pub mod telemetry;
#[cfg(feature = "tls")]
mod tls;
pub mod transport;
mod worker;

pub use args::ReceiverArgs;
pub use run::{RunError, run};
pub use server::{AppState, ServeError, router, serve, serve_managed};
pub use settings::{Settings, SettingsError};
