//! The store's public face.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{Semaphore, TryAcquireError, oneshot, watch};
use tokio::time::timeout;

use super::accepting::{self, Delivery, QUEUE};
use super::database::Database;
use super::desk::Desk;
use super::taking;
use crate::store::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, EffectRecord, Lease, Pruned, Scope, Store,
    StoreError, Task,
};

/// Memory that deliveries may take until they are answered; one more is answered [`StoreError::Full`].
const QUEUE_BYTES: u32 = 64 << 20;
/// How long the end waits for what is on its way.
const CLOSING_TIME: Duration = Duration::from_secs(3);

/// Keeps events in a Redis that any number of receivers share.
pub struct RedisStore {
    database: Arc<Database>,
    deliveries: mpsc::Sender<Delivery>,
    memory: Arc<Semaphore>,
    desk: Arc<Desk>,
    closed: watch::Sender<bool>,
    pruned: AtomicU64,
}

impl RedisStore {
    /// Connects to `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=NAME]`, or with TLS to `rediss://…`.
    /// Stores of the same prefix, `hamsa` by default, are one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when Redis cannot be reached, is a replica or evicts keys, or when what it has under the prefix is of
    /// another version.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let database = Arc::new(Database::open(url).await?);
        let (deliveries, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(accepting::answer(Arc::clone(&database), waiting));
        Ok(Self {
            database,
            deliveries,
            memory: Arc::new(Semaphore::new(QUEUE_BYTES as usize)),
            desk: Arc::default(),
            closed: watch::Sender::new(false),
            pruned: AtomicU64::new(0),
        })
    }

    /// Asks the database, while the store is open.
    fn ask<'a, T>(
        &'a self,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            if *self.closed.borrow() {
                return Err(StoreError::Closed);
            }
            answer.await
        })
    }
}

impl Store for RedisStore {
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let bytes = body.len() + key.call_id.len() + key.event_type.len() + key.timestamp.len();
            let bytes = u32::try_from(bytes).map_or(QUEUE_BYTES, |bytes| bytes.min(QUEUE_BYTES));
            // Never waits for a place: a receiver that is behind says so while the sender still listens.
            let share = Arc::clone(&self.memory).try_acquire_many_owned(bytes);
            let share = share.map_err(|error| match error {
                TryAcquireError::NoPermits => StoreError::Full,
                TryAcquireError::Closed => StoreError::Closed,
            })?;
            let delivery = Delivery {
                key,
                body,
                reply,
                _share: share,
            };
            self.deliveries
                .try_send(delivery)
                .map_err(|error| match error {
                    TrySendError::Full(_) => StoreError::Full,
                    TrySendError::Closed(_) => StoreError::Closed,
                })?;
            let acceptance = answer.await.unwrap_or(Err(StoreError::Closed))?;
            if acceptance == Acceptance::New {
                self.desk.wake(Task::Handle);
            }
            Ok(acceptance)
        })
    }

    fn lease(&self, task: Task, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
        let mut closed = self.closed.subscribe();
        let leasing = async move {
            let turn = self.desk.turn(task).await;
            loop {
                let leases = taking::lease(&self.database, &turn, task, limit, hold).await?;
                if !leases.is_empty() {
                    // There may be more.
                    self.desk.wake(task);
                    return Ok(leases);
                }
                self.desk.wait(task).await;
            }
        };
        Box::pin(async move {
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => Err(StoreError::Closed),
                leases = leasing => leases,
            }
        })
    }

    fn conclude(&self, leases: Vec<(Lease, Conclusion)>) -> Answer<'_, usize> {
        self.ask(async move {
            let applied = self.database.conclude(&leases).await;
            for (_, conclusion) in &leases {
                if let Conclusion::Done { next, .. } = conclusion {
                    next.iter().for_each(|task| self.desk.wake(*task));
                }
            }
            applied
        })
    }

    fn effects_after(
        &self,
        scope: Scope,
        after: Option<IdempotencyKey>,
    ) -> Answer<'_, Vec<EffectRecord>> {
        self.ask(async move { self.database.effects(&scope, after).await })
    }

    fn latest_calls(&self, limit: usize) -> Answer<'_, Vec<String>> {
        self.ask(self.database.latest_calls(limit))
    }

    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
        self.ask(self.database.dead_letters(limit))
    }

    fn dead_letter(&self, event: i64, task: Task) -> Answer<'_, Option<(DeadLetter, Bytes)>> {
        self.ask(self.database.dead_letter(event, task))
    }

    fn revive(&self, event: i64, task: Task) -> Answer<'_, bool> {
        self.ask(async move {
            let found = self.database.revive(event, task).await;
            self.desk.wake(task);
            found
        })
    }

    fn prune(&self, keep: Duration, limit: usize) -> Answer<'_, Pruned> {
        self.ask(self.database.prune(keep, limit, &self.pruned))
    }

    fn forget(&self, call_id: String) -> Answer<'_, u64> {
        self.ask(self.database.forget(call_id))
    }

    fn depth(&self) -> Answer<'_, Depth> {
        self.ask(self.database.depth())
    }

    fn check(&self) -> Answer<'_, ()> {
        self.ask(self.database.check())
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // A Redis that is away may come back. The task that takes deliveries does not.
        Box::pin(self.deliveries.closed())
    }

    fn close(&self) -> Answer<'_, ()> {
        self.ask(async {
            self.closed.send_replace(true);
            let answered = async {
                let _ = self.memory.acquire_many(QUEUE_BYTES).await;
                for task in Task::ALL {
                    let _ = self.desk.turn(task).await;
                }
            };
            let answered = timeout(CLOSING_TIME, answered).await;
            self.memory.close();
            answered.map_err(|_| StoreError::Slow)
        })
    }
}
