//! The store's public face: sends writes to the writer, runs reads on threads that may block.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use rusqlite::Connection;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;

use super::desk::Desk;
use super::writer::{Command, Reply};
use super::{layout, reader, writer};
use crate::store::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, EffectRecord, Lease, Scope, Store,
    StoreError,
};

/// Commands that may wait for the writer; one more is answered [`StoreError::Full`].
const QUEUE: usize = 4_096;

/// Keeps events in one SQLite file.
pub struct SqliteStore {
    writer: mpsc::Sender<Command>,
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
        desk.book().newest = reader::newest_work(&connection)?;
        let open_reader = || Ok::<_, StoreError>(Arc::new(Mutex::new(layout::open_reader(path)?)));
        Ok(Self {
            leases: open_reader()?,
            queries: open_reader()?,
            writer: writer::start(connection, Arc::clone(&desk), QUEUE)
                .map_err(|error| StoreError::Backend(Arc::new(error)))?,
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
}

impl Store for SqliteStore {
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            // Never waits for a place: a receiver that is behind says so while the sender still listens.
            self.writer
                .try_send(Command::Accept(key, body, reply))
                .map_err(|error| match error {
                    TrySendError::Full(_) => StoreError::Full,
                    TrySendError::Closed(_) => StoreError::Closed,
                })?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn lease(&self, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
        Box::pin(async move {
            loop {
                tokio::select! {
                    biased;
                    () = self.writer.closed() => return Err(StoreError::Closed),
                    () = self.desk.wait() => {}
                }
                let desk = Arc::clone(&self.desk);
                let lease = move |connection: &_| reader::lease(connection, &desk, limit, hold);
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

    fn effects(&self, scope: Scope) -> Answer<'_, Vec<EffectRecord>> {
        self.query(move |connection| reader::effects(connection, &scope))
    }

    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
        self.query(move |connection| reader::dead_letters(connection, limit))
    }

    fn depth(&self) -> Answer<'_, Depth> {
        self.query(reader::depth)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::Effect;

    const HOLD: Duration = Duration::from_secs(60);

    async fn accept(store: &SqliteStore, call_id: &str) -> Acceptance {
        let event =
            json!({"eventType": "transcription.update", "callId": call_id, "timestamp": "t"});
        let key = IdempotencyKey::of(&event).unwrap();
        store.accept(key, Bytes::from_static(b"{}")).await.unwrap()
    }

    #[tokio::test]
    async fn keys_leased_and_waiting_events_survive_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.db");
        let store = SqliteStore::open(&path).unwrap();
        for call_id in ["done", "leased", "retried", "waiting"] {
            accept(&store, call_id).await;
        }
        let mut leases = store.lease(3, HOLD).await.unwrap();
        let effect = Effect {
            kind: "k",
            data: json!({}),
        };
        let retried = (
            leases.pop().unwrap(),
            Conclusion::Retry {
                after: Duration::ZERO,
            },
        );
        let _leased = leases.pop();
        let done = (leases.pop().unwrap(), Conclusion::Done(Some(effect)));
        assert_eq!(store.conclude(vec![done, retried]).await.unwrap(), 2);
        // Dropped without close, as after a crash.
        drop(store);

        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(
            accept(&store, "done").await,
            Acceptance::Duplicate { altered: false }
        );
        let mut left: Vec<(String, u32)> = Vec::new();
        while left.len() < 3 {
            let leases = store.lease(9, HOLD).await.unwrap();
            left.extend(
                leases
                    .into_iter()
                    .map(|lease| (lease.key.call_id, lease.attempt)),
            );
        }
        left.sort();
        let expected = [("leased", 1), ("retried", 2), ("waiting", 1)];
        assert_eq!(
            left,
            expected.map(|(call_id, attempt)| (call_id.to_owned(), attempt))
        );
    }

    #[tokio::test]
    async fn a_failed_group_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.db");
        let store = SqliteStore::open(&path).unwrap();
        let saboteur = Connection::open(&path).unwrap();
        saboteur
            .execute_batch("ALTER TABLE work RENAME TO hidden")
            .unwrap();
        let key = || IdempotencyKey {
            call_id: "c".to_owned(),
            event_type: "t".to_owned(),
            timestamp: "t".to_owned(),
        };
        let failed = store.accept(key(), Bytes::new()).await;
        assert!(matches!(failed, Err(StoreError::Backend(_))), "{failed:?}");
        saboteur
            .execute_batch("ALTER TABLE hidden RENAME TO work")
            .unwrap();
        // Were the key used up, the sender's next copy would be taken for a duplicate and lost.
        assert_eq!(
            store.accept(key(), Bytes::new()).await.unwrap(),
            Acceptance::New
        );
    }

    #[tokio::test]
    async fn records_can_be_queried_with_sql() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.db");
        let store = SqliteStore::open(&path).unwrap();
        accept(&store, "c").await;
        let lease = store.lease(1, HOLD).await.unwrap().remove(0);
        let effect = Effect {
            kind: "utterance",
            data: json!({"speaker": "user", "text": "مرحبا"}),
        };
        store
            .conclude(vec![(lease, Conclusion::Done(Some(effect)))])
            .await
            .unwrap();
        store.close().await.unwrap();
        let text: String = Connection::open(&path)
            .unwrap()
            .query_row(
                "SELECT text FROM utterance WHERE call_id = 'c'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(text, "مرحبا");
    }

    #[tokio::test]
    async fn a_file_that_is_no_store_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.db");
        std::fs::write(
            &path,
            "not a database, but long enough to look like one".repeat(99),
        )
        .unwrap();
        assert!(matches!(
            SqliteStore::open(&path),
            Err(StoreError::Backend(_))
        ));
        let newer = dir.path().join("newer.db");
        Connection::open(&newer)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(
            SqliteStore::open(&newer),
            Err(StoreError::Version { found: 99, .. })
        ));
    }
}
