//! The receiver over real sockets, in this process and as the real binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod acknowledgement;
mod auth;
mod child;
mod connection;
mod effects;
mod hardship;
mod idempotency;
mod limits;
#[cfg(feature = "manage")]
mod manage;
mod process;
mod restart;
mod support;
mod unavailable;
