//! Our own failures. A receiver's fault is a finding, never one of these.

use thiserror::Error;

/// Why the harness could not do its work.
#[derive(Debug, Error)]
pub enum HarnessError {
    /// The user asked for something that cannot be; exit 2.
    #[error("{0}")]
    Usage(String),
    /// There can be no verdict about this target; exit 4.
    #[error("{problem}\n  what to do: {remedy}")]
    NoVerdict {
        /// What is in the way.
        problem: String,
        /// What the user can do about it.
        remedy: String,
    },
    /// A fault of ours; exit 70.
    #[error("internal error: {0}")]
    Internal(String),
}

/// An error with its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

impl HarnessError {
    /// A usage error with this text.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// An error that leaves no verdict possible.
    pub fn no_verdict(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::NoVerdict {
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}
