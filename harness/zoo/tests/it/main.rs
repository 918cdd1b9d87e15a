//! Specimens over real sockets.

mod collection;
mod killers;
mod plain;
mod support;
mod wire;
