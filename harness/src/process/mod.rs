//! Process control: starts, kills, halts and restarts a receiver, so that cases can see what
//! survives. Knows processes and ports; knows no case and nothing of HTTP.
//!
//! | file | holds |
//! |---|---|
//! | `tail` | the last lines of what a command prints |
//! | `launch` | how a command is started, and one that runs |
//! | `command` | a user's command that runs to its end |
//! | `control` | the receiver's process, by whichever means |
//! | `diary` | what was done when |
//! | `error` | why it could not be done |

mod command;
mod control;
mod diary;
mod error;
mod launch;
mod tail;
#[cfg(test)]
mod tests;

pub use control::{Exit, ProcessControl};
pub use error::ProcessError;
pub use launch::Launch;
