//! Where events live: one trait, one file per backend, one contract suite over all of them.
//!
//! The idempotency record *is* the queue entry: [`Store::accept`] makes an event durable and known in one
//! step, and nothing else can put work into the queue. That closes the gap between "marked as seen" and
//! "will be done" (A-22, A-23, D-06).

mod agenda;
mod api;
#[cfg(test)]
mod contract;
mod memory;
mod sqlite;
mod target;

pub use api::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, Effect, EffectRecord, Lease, PAGE_BYTES,
    PAGE_RECORDS, Scope, Store, StoreError,
};
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
pub use target::{StoreTarget, StoreTargetError};
