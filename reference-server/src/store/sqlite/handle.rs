//! The store's public face: sends writes to the writer, runs reads on threads that may block.

use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use rusqlite::Connection;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{Semaphore, oneshot};

use super::desk::Desk;
use super::group::{Command, Delivery, Reply};
use super::identity::Identity;
use super::upkeep::{Chore, Outcome};
use super::writer::Writer;
use super::{layout, reader};
use crate::store::agenda::{earlier, now_ms};
use crate::store::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, EffectRecord, Lease, Pruned, Scope, Store,
    StoreError, Task,
};

/// Commands that may wait for the writer; one more is answered [`StoreError::Full`].
const QUEUE: usize = 4_096;
/// Events that one step erases, so that senders wait behind none for long.
const FORGOTTEN_AT_ONCE: usize = 64;
/// Memory that they may take. Deliveries count until they are answered, whoever still waits for that.
const QUEUE_BYTES: usize = 64 << 20;

/// Keeps events in one SQLite file.
pub struct SqliteStore {
    writer: mpsc::Sender<Command>,
    memory: Arc<Semaphore>,
    desk: Arc<Desk>,
    leases: Arc<Mutex<Connection>>,
    queries: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens or creates the file; unfinished events in it are leased again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be opened, is no database or has a newer layout.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = layout::open_writer(path)?;
        let desk = Arc::new(Desk::default());
        reader::look(&connection, &desk)?;
        let open_reader = || Ok::<_, StoreError>(Arc::new(Mutex::new(layout::open_reader(path)?)));
        Ok(Self {
            leases: open_reader()?,
            queries: open_reader()?,
            writer: Writer::start(connection, Identity::of(path)?, Arc::clone(&desk), QUEUE)
                .map_err(|error| StoreError::Backend(Arc::new(error)))?,
            memory: Arc::new(Semaphore::new(QUEUE_BYTES)),
            desk,
        })
    }

    fn query<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move {
            if self.writer.is_closed() {
                return Err(StoreError::Closed);
            }
            blocking(&self.queries, ask).await
        })
    }

    async fn upkeep(&self, chore: Chore) -> Result<Outcome, StoreError> {
        send(&self.writer, |reply| Command::Upkeep(chore, reply)).await
    }
}

impl Store for SqliteStore {
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let bytes = body.len() + key.call_id.len() + key.event_type.len() + key.timestamp.len();
            // Never waits for a place: a receiver that is behind says so while the sender still listens.
            let share = Arc::clone(&self.memory)
                .try_acquire_many_owned(bytes.min(QUEUE_BYTES) as u32)
                .map_err(|_| StoreError::Full)?;
            let delivery = Delivery {
                key,
                body,
                reply,
                _share: share,
            };
            self.writer
                .try_send(Command::Accept(delivery))
                .map_err(|error| match error {
                    TrySendError::Full(_) => StoreError::Full,
                    TrySendError::Closed(_) => StoreError::Closed,
                })?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn lease(&self, task: Task, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
        Box::pin(async move {
            loop {
                let is_due = tokio::select! {
                    biased;
                    () = self.writer.closed() => return Err(StoreError::Closed),
                    is_due = self.desk.wait(task) => is_due,
                };
                if !is_due {
                    // Full of commands, it looks anyway.
                    let _ = self.writer.try_send(Command::Look);
                    continue;
                }
                self.desk.yield_to_accepts().await;
                let desk = Arc::clone(&self.desk);
                let lease =
                    move |connection: &_| reader::lease(connection, &desk, task, limit, hold);
                let leases = blocking(&self.leases, lease).await?;
                if !leases.is_empty() {
                    return Ok(leases);
                }
            }
        })
    }

    fn conclude(&self, leases: Vec<(Lease, Conclusion)>) -> Answer<'_, usize> {
        Box::pin(send(&self.writer, |reply| Command::Conclude(leases, reply)))
    }

    fn effects_after(
        &self,
        scope: Scope,
        after: Option<IdempotencyKey>,
    ) -> Answer<'_, Vec<EffectRecord>> {
        self.query(move |connection| reader::effects(connection, &scope, after))
    }

    fn latest_calls(&self, limit: usize) -> Answer<'_, Vec<String>> {
        self.query(move |connection| reader::latest_calls(connection, limit))
    }

    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
        self.query(move |connection| reader::dead_letters(connection, limit))
    }

    fn dead_letter(&self, event: i64, task: Task) -> Answer<'_, Option<(DeadLetter, Bytes)>> {
        self.query(move |connection| reader::dead_letter(connection, event, task))
    }

    fn revive(&self, event: i64, task: Task) -> Answer<'_, bool> {
        Box::pin(async move { Ok(self.upkeep(Chore::Revive(event, task)).await?.count > 0) })
    }

    fn prune(&self, keep: Duration, limit: usize) -> Answer<'_, Pruned> {
        Box::pin(async move {
            let before_ms = earlier(now_ms(), keep);
            let Outcome {
                count, has_more, ..
            } = self.upkeep(Chore::Prune { before_ms, limit }).await?;
            Ok(Pruned {
                removed: count,
                has_more,
            })
        })
    }

    fn forget(&self, call_id: String) -> Answer<'_, u64> {
        Box::pin(async move {
            let find = move |connection: &_| reader::events_of(connection, &call_id);
            let events = self.query(find).await?;
            let mut erased = 0;
            for step in events.chunks(FORGOTTEN_AT_ONCE) {
                erased += self.upkeep(Chore::Forget(step.to_vec())).await?.count as u64;
            }
            Ok(erased)
        })
    }

    fn depth(&self) -> Answer<'_, Depth> {
        self.query(reader::depth)
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(send(&self.writer, Command::Check))
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.writer.closed())
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            send(&self.writer, Command::Close).await?;
            self.writer.closed().await;
            Ok(())
        })
    }
}

async fn send<T>(
    writer: &mpsc::Sender<Command>,
    command: impl FnOnce(Reply<T>) -> Command,
) -> Result<T, StoreError> {
    let (reply, answer) = oneshot::channel();
    writer
        .send(command(reply))
        .await
        .map_err(|_| StoreError::Closed)?;
    answer.await.unwrap_or(Err(StoreError::Closed))
}

async fn blocking<T: Send + 'static>(
    connection: &Arc<Mutex<Connection>>,
    ask: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let connection = Arc::clone(connection);
    let task = tokio::task::spawn_blocking(move || {
        ask(&connection.lock().unwrap_or_else(PoisonError::into_inner))
    });
    task.await
        .unwrap_or_else(|error| Err(StoreError::Backend(Arc::new(error))))
}
