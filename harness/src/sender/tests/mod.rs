//! The sender against receivers that do all that receivers do.

mod attempt;
mod barrier;
mod connection;
mod exchange;
mod reading;
mod upload;
