//! Why a receiver's process could not be brought into the state that was asked for.

use std::time::Duration;

use thiserror::Error;

/// Why process control failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProcessError {
    /// The command could not be started at all.
    #[error("the command cannot be started: {0}")]
    NotStarted(String),
    /// Somebody listens at the URL although the receiver does not run.
    #[error(
        "something listens at the URL that the harness did not start; --spawn starts the receiver itself, on a free port"
    )]
    Occupied,
    /// The receiver ended before it listened.
    #[error("the receiver ended by itself ({status}){tail}")]
    Died {
        /// How it ended.
        status: String,
        /// The last lines it printed, ready to follow.
        tail: String,
    },
    /// It runs and does not listen.
    #[error("the receiver runs and does not listen after {limit:?}{tail}")]
    NeverListened {
        /// How long it was waited for.
        limit: Duration,
        /// The last lines it printed, ready to follow.
        tail: String,
    },
    /// Somebody still listens at the URL although every process of the group was killed.
    #[error(
        "something still listens at the URL after the kill: the receiver has left its process group, or a proxy stands before it"
    )]
    StillListening,
    /// A user's command failed, or did not end.
    #[error("the {what} command failed: {why}{tail}")]
    CommandFailed {
        /// `--kill` or `--restart`.
        what: &'static str,
        /// How.
        why: String,
        /// The last lines it printed, ready to follow.
        tail: String,
    },
    /// Only a process that the harness started can be sent this signal.
    #[error("only a receiver started with --spawn can be sent {0}")]
    NoSignal(&'static str),
}

impl ProcessError {
    /// True when the receiver itself, not a command or the surroundings, is what failed.
    pub fn is_receivers(&self) -> bool {
        matches!(self, Self::Died { .. } | Self::NeverListened { .. })
    }
}
