//! The store trait and the records that go in and out of it. No backend's types appear here.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use serde_json::Value;

/// What a store operation returns: boxed, so that a receiver can hold an `Arc<dyn Store>`.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps events, the work they cause, and the effects of that work.
///
/// Promises of every backend, proved by one contract suite:
///
/// - [`accept`](Store::accept) answers only after the event is as durable as the backend can make it, and of any
///   number of concurrent copies exactly one is [`Acceptance::New`] (G-IDEM-07, D-06).
/// - An accepted event is leased until it is done or dead; a lease that runs out gives it back.
/// - [`conclude`](Store::conclude) applies effect and done mark in one step, and only for the lease that holds
///   the event now. So an event has at most one effect, whatever workers do.
pub trait Store: Send + Sync + 'static {
    /// Records an event unless its key is known, and queues it: durable and deduplicated in one atomic step.
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance>;

    /// Waits until work is due and leases up to `limit` events for `hold`. May be dropped while it waits.
    fn lease(&self, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>>;

    /// Ends leases. Returns how many still held their event and were applied; each is applied whole or not.
    fn conclude(&self, leases: Vec<(Lease, Conclusion)>) -> Answer<'_, usize>;

    /// The next effects in scope behind the key `after`, ordered by key, byte for byte; as many as fit a page
    /// ([`PAGE_RECORDS`], [`PAGE_BYTES`]), and none only when there are no more.
    fn effects_after(
        &self,
        scope: Scope,
        after: Option<IdempotencyKey>,
    ) -> Answer<'_, Vec<EffectRecord>>;

    /// All effects in scope, ordered by key, byte for byte.
    fn effects(&self, scope: Scope) -> Answer<'_, Vec<EffectRecord>> {
        Box::pin(async move {
            let mut all: Vec<EffectRecord> = Vec::new();
            loop {
                let after = all.last().map(|record| record.key.clone());
                let page = self.effects_after(scope.clone(), after).await?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page);
            }
        })
    }

    /// Up to `limit` events whose handling was given up, oldest first (G-ASYNC-04).
    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>>;

    /// How much is waiting.
    fn depth(&self) -> Answer<'_, Depth>;

    /// Whether an event could be stored now; an error says why not.
    fn check(&self) -> Answer<'_, ()>;

    /// Resolves when the store has ended by itself, and will never take another event.
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Makes everything durable and lets go of it. Later operations answer [`StoreError::Closed`].
    fn close(&self) -> Answer<'_, ()>;
}

/// Most records of a page.
pub const PAGE_RECORDS: usize = 512;
/// A page ends with the record that reaches this many bytes of data.
pub const PAGE_BYTES: usize = 1 << 20;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The key was unknown; the event is durable and queued.
    New,
    /// The key is known, and its first event is durable.
    Duplicate {
        /// The bytes differ from those of the first delivery; the first ones count.
        altered: bool,
    },
}

/// An event that one worker may handle now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The backend's name of the event.
    pub id: i64,
    /// Counts from 1 and grows with every lease of this event: the fence against workers that lost it.
    pub attempt: u32,
    /// The event's key.
    pub key: IdempotencyKey,
    /// The event's body as it was received.
    pub body: Bytes,
}

/// How a lease ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// Handled. `None` is an event that has no effect, such as one of an unknown type.
    Done(Option<Effect>),
    /// Failed, to be tried again.
    Retry {
        /// Wait before the next attempt.
        after: Duration,
    },
    /// Given up.
    Dead {
        /// Why, for people.
        reason: String,
    },
}

/// What a handler understood of an event: one record per event taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The handler that made it, such as `utterance`.
    pub kind: &'static str,
    /// Its findings.
    pub data: Value,
}

/// An effect with the key of its event.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectRecord {
    /// Key of the event.
    pub key: IdempotencyKey,
    /// [`Effect::kind`].
    pub kind: String,
    /// [`Effect::data`].
    pub data: Value,
}

/// An event whose handling was given up; its body stays in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Key of the event.
    pub key: IdempotencyKey,
    /// Attempts made.
    pub attempts: u32,
    /// Why the last one failed.
    pub reason: String,
}

/// Which effects are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Those of one call.
    Call(String),
    /// Those of all calls whose `callId` starts with this text; the empty text means all.
    Prefix(String),
}

impl Scope {
    /// The half-open range `[start, end)` of `callId`s in byte order; no end means unbounded.
    pub(super) fn range(&self) -> (String, Option<String>) {
        match self {
            // No text lies between a text and itself with a NUL behind it.
            Self::Call(call_id) => (call_id.clone(), Some(format!("{call_id}\0"))),
            Self::Prefix(prefix) => (prefix.clone(), successor(prefix)),
        }
    }
}

/// The first text after all texts with this prefix. UTF-8 sorts like its scalar values do.
fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // Ranges of `char` step over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// How much is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Accepted events that are neither done nor dead.
    pub pending: u64,
    /// Events whose handling was given up.
    pub dead: u64,
}

/// A store could not do what was asked. After it from [`Store::accept`] the event may or may not be stored.
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
    /// The file was written by a newer receiver.
    #[error(
        "failed to open the store: its layout has version {found}, this receiver knows {known}"
    )]
    Version {
        /// In the file.
        found: i64,
        /// Of this build.
        known: i64,
    },
    /// The backend failed. Shared, because one failed commit answers many.
    #[error("failed to use the store: {0}")]
    Backend(#[source] Arc<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text() {
        for (prefix, end) in [
            ("run-1/", Some("run-10")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
