//! Load: deliveries at a constant rate, whatever the receiver makes of it.
//!
//! Uses the sender, knows no case.

mod open_loop;
#[cfg(test)]
mod tests;

pub use open_loop::{LoadRun, Shot, open_loop};
