//! The sender against receivers that do all that receivers do.

mod attempt;
mod barrier;
mod connection;
mod drip;
mod exchange;
mod http2;
mod policy;
mod raw;
mod reading;
mod streams;
mod upload;
