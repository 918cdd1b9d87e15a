//! Where events live: one trait, one file or folder per backend, one contract suite over all of them.
//!
//! The idempotency record *is* the queue entry: [`Store::accept`] makes an event durable and known in one
//! step, and nothing else can put work into the queue. That closes the gap between "marked as seen" and
//! "will be done" (A-22, A-23, D-06).

mod agenda;
mod api;
#[cfg(test)]
mod contract;
pub(crate) mod digest;
mod error;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod scope;
mod sqlite;
mod target;

pub use api::{Answer, LEASED_BYTES, PAGE_BYTES, PAGE_RECORDS, Store};
pub use error::StoreError;
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use record::{
    Acceptance, Conclusion, DeadLetter, Depth, Effect, EffectRecord, Lease, Pruned, Task,
};
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use scope::Scope;
pub use sqlite::SqliteStore;
pub use target::{DatabaseUrl, StoreTarget, StoreTargetError};
