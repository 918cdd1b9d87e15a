//! The receiver over real sockets, in this process and as the real binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod acknowledgement;
mod admin;
mod auth;
mod child;
mod connection;
mod crowd;
mod effects;
mod fsync;
mod hardship;
mod healthcheck;
mod idempotency;
mod kill;
mod limits;
#[cfg(feature = "manage")]
mod manage;
mod process;
mod restart;
mod rotation;
#[cfg(feature = "sinks")]
mod sinks;
mod strangers;
mod support;
#[cfg(feature = "tls")]
mod tls;
mod unavailable;
