//! Why a store could not do what was asked.

use std::error::Error;
use std::sync::Arc;

/// A store could not do what was asked. After it from [`Store::accept`](super::Store::accept) the event may or may not be stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// More waits than the store takes on.
    #[error("the store's queue is full")]
    Full,
    /// The store took too long; the event may still become durable.
    #[error("the store did not answer in time")]
    Slow,
    /// What the store has open is not what its path names now.
    #[error("the store's file was moved, removed or cut while in use")]
    Moved,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The store was made by another version of the receiver.
    #[error(
        "failed to open the store: its layout has version {found}, this receiver knows {known}"
    )]
    Version {
        /// In the store.
        found: i64,
        /// Of this build.
        known: i64,
    },
    /// The database is set up so that an acknowledgement would promise what it does not keep.
    #[error("failed to use the database: {0}")]
    Unfit(String),
    /// The backend failed. Shared, because one failed commit answers many.
    #[error("failed to use the store: {0}")]
    Backend(#[source] Arc<dyn Error + Send + Sync>),
}
