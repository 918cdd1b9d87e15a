//! The store trait. No backend's types appear here.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;

use super::{
    Acceptance, Conclusion, DeadLetter, Depth, EffectRecord, Lease, Pruned, Scope, StoreError, Task,
};

/// What a store operation returns: boxed, so that a receiver can hold an `Arc<dyn Store>`.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps events, the work they cause, and the effects of that work.
///
/// Promises of every backend, proved by one contract suite:
///
/// - [`accept`](Store::accept) answers only after the event is as durable as the backend can make it, and of any
///   number of concurrent copies exactly one is [`Acceptance::New`] (G-IDEM-07, D-06).
/// - An accepted event is leased until it is done or dead; a lease that runs out gives it back.
/// - [`conclude`](Store::conclude) applies effect, done mark and follow-up tasks in one step, and only for the lease
///   that holds the event now. So an event has at most one effect, whatever workers do.
/// - A key is known until it is pruned, also when what it stood for was forgotten.
pub trait Store: Send + Sync + 'static {
    /// Records an event unless its key is known, and queues it: durable and deduplicated in one atomic step.
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance>;

    /// Waits until work of this task is due and leases up to `limit` events for `hold`, the longest due first, and fewer
    /// where their bodies are large ([`LEASED_BYTES`]). May be dropped while it waits.
    fn lease(&self, task: Task, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>>;

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

    /// Up to `limit` calls whose events came last, the latest first.
    fn latest_calls(&self, limit: usize) -> Answer<'_, Vec<String>>;

    /// Up to `limit` tasks that were given up, in order of their events' arrival (G-ASYNC-04).
    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>>;

    /// One dead letter and the body of its event.
    fn dead_letter(&self, event: i64, task: Task) -> Answer<'_, Option<(DeadLetter, Bytes)>>;

    /// Queues the task of a dead letter again, as if it had never been tried. False when there is no such letter.
    fn revive(&self, event: i64, task: Task) -> Answer<'_, bool>;

    /// One step of removing finished events that were received longer ago than `keep`, with all there is of them, and
    /// what remains of forgotten ones of that age: at most `limit` of them, so that accepts wait only briefly.
    ///
    /// An event that waits for its handler, or is held by it, is not finished. A dead letter is, and one that is still to be
    /// brought to a sink: a sink that was taken out of use would keep it for ever.
    fn prune(&self, keep: Duration, limit: usize) -> Answer<'_, Pruned>;

    /// Erases every event of a call, with work, effects and dead letters, whatever their state. Only hashes of the keys
    /// stay until they are pruned, so that a late copy is a duplicate. Returns how many events.
    fn forget(&self, call_id: String) -> Answer<'_, u64>;

    /// How much is waiting.
    fn depth(&self) -> Answer<'_, Depth>;

    /// Whether an event could be stored now; an error says why not.
    fn check(&self) -> Answer<'_, ()>;

    /// Resolves when the store has ended by itself, and will never take another event.
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Makes everything durable and lets go of it. Later operations answer [`StoreError::Closed`].
    fn close(&self) -> Answer<'_, ()>;
}

/// A batch of leases ends with the body that reaches this many bytes.
pub const LEASED_BYTES: usize = 4 << 20;
/// Most records of a page.
pub const PAGE_RECORDS: usize = 512;
/// A page ends with the record that reaches this many bytes of data.
pub const PAGE_BYTES: usize = 1 << 20;
