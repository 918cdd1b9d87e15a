//! The ways in which the zoo itself can fail; a specimen's bug is never one of them.

use std::io;

/// Why a specimen could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ZooError {
    /// An empty secret would let the empty credential in, which is a bug of its own.
    #[error("the secret is empty")]
    EmptySecret,
    /// The file that should have survived cannot be used.
    #[error("failed to read the state")]
    State(#[source] io::Error),
    /// The listener refuses to hand out connections, again and again.
    #[error("failed to accept connections")]
    Accept(#[source] io::Error),
}
