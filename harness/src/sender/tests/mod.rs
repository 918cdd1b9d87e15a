//! The sender against receivers that do all that receivers do.

mod attempt;
mod barrier;
mod connection;
mod exchange;
mod policy;
mod reading;
mod upload;
