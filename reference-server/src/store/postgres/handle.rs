//! The store's public face: one connection per kind of operation, so that none waits behind another kind.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{Mutex, Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::desk::Desk;
use super::endpoint::Endpoint;
use super::lane::{self, Delivery};
use super::link::Link;
use super::session::Session;
use super::{fitness, layout, queries, upkeep, work};
use crate::store::digest::digest;
use crate::store::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, EffectRecord, Lease, Pruned, Scope, Store,
    StoreError, Task,
};

/// Deliveries that may wait for a lane; one more is answered [`StoreError::Full`].
const QUEUE: usize = 4_096;
/// Memory that they may take. Deliveries count until they are answered, whoever still waits for that.
const QUEUE_BYTES: usize = 64 << 20;

/// For a batch. A sender that waits longer than three seconds has been told that it failed.
const ACCEPT_TIME: Duration = Duration::from_millis(2_500);
/// For a lease, or the conclusions of one.
const WORK_TIME: Duration = Duration::from_secs(5);
/// For a page, or a count of all that waits.
const QUERY_TIME: Duration = Duration::from_secs(10);
/// For one step of upkeep; to find all events of a call may take a while.
const UPKEEP_TIME: Duration = Duration::from_secs(60);
/// How long a check, good or bad, answers for the next one.
const FRESH: Duration = Duration::from_secs(1);

/// Keeps events in a PostgreSQL database that any number of receivers may share.
pub struct PostgresStore {
    endpoint: Arc<Endpoint>,
    deliveries: mpsc::Sender<Delivery>,
    memory: Arc<Semaphore>,
    lane: Mutex<Option<JoinHandle<()>>>,
    accepts: Arc<Link>,
    work: Arc<Link>,
    queries: Arc<Link>,
    desk: Arc<Desk>,
    checked: Mutex<Option<(Instant, Result<(), StoreError>)>>,
    pruned_to: AtomicI64,
    closing: watch::Sender<bool>,
}

impl PostgresStore {
    /// Connects, and creates the tables in a new database, in a schema `hamsa` of its own.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] when the database would not keep what it acknowledges, [`StoreError::Version`] when its tables
    /// are another version's, else why it cannot be used.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let endpoint = Arc::new(Endpoint::of(url)?);
        let (mut session, _driver) = endpoint.connect(UPKEEP_TIME).await?;
        layout::prepare(&mut session).await?;
        let link = async |limit| Link::open(Arc::clone(&endpoint), limit).await.map(Arc::new);
        let (deliveries, waiting) = mpsc::channel(QUEUE);
        let (closing, is_closing) = watch::channel(false);
        let desk = Arc::new(Desk::default());
        let accepts = link(ACCEPT_TIME).await?;
        let lane = lane::run(Arc::clone(&accepts), waiting, Arc::clone(&desk), is_closing);
        Ok(Self {
            deliveries,
            memory: Arc::new(Semaphore::new(QUEUE_BYTES)),
            lane: Mutex::new(Some(tokio::spawn(lane))),
            accepts,
            work: link(WORK_TIME).await?,
            queries: link(QUERY_TIME).await?,
            endpoint,
            desk,
            checked: Mutex::default(),
            pruned_to: AtomicI64::new(0),
            closing,
        })
    }

    fn require_open(&self) -> Result<(), StoreError> {
        if *self.closing.borrow() {
            return Err(StoreError::Closed);
        }
        Ok(())
    }

    /// A connection for what is rare: nothing has to be cleaned up after it, whatever becomes of the operation.
    async fn connect(&self) -> Result<Session, StoreError> {
        self.require_open()?;
        Ok(self.endpoint.connect(UPKEEP_TIME).await?.0)
    }

    async fn check_now(&self) -> Result<(), StoreError> {
        // The connection that the next delivery takes.
        let session = self.accepts.session()?;
        let checking = async {
            fitness::require(session.client()).await?;
            layout::rewrite_version(session.client()).await
        };
        session.bounded(checking).await
    }
}

async fn in_time<T>(doing: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(UPKEEP_TIME, doing)
        .await
        .unwrap_or(Err(StoreError::Slow))
}

impl Store for PostgresStore {
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let bytes = body.len() + key.call_id.len() + key.event_type.len() + key.timestamp.len();
            // Never waits for a place: a receiver that is behind says so while the sender still listens.
            let share = Arc::clone(&self.memory)
                .try_acquire_many_owned(bytes.min(QUEUE_BYTES) as u32)
                .map_err(|_| StoreError::Full)?;
            let delivery = Delivery {
                hash: digest(&key),
                key,
                body,
                reply,
                share,
            };
            self.deliveries
                .try_send(delivery)
                .map_err(|error| match error {
                    TrySendError::Full(_) => StoreError::Full,
                    TrySendError::Closed(_) => StoreError::Closed,
                })?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn lease(&self, task: Task, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
        Box::pin(async move {
            let mut closing = self.closing.subscribe();
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => Err(StoreError::Closed),
                leases = self.desk.lease(&self.work, task, limit, hold) => leases,
            }
        })
    }

    fn conclude(&self, leases: Vec<(Lease, Conclusion)>) -> Answer<'_, usize> {
        Box::pin(async move {
            let session = self.work.session()?;
            let applied = session.bounded(work::conclude(&session, &leases)).await?;
            let follow_ups = leases
                .iter()
                .filter_map(|(_, conclusion)| match conclusion {
                    Conclusion::Done { next, .. } => Some(next),
                    Conclusion::Retry { .. } | Conclusion::Dead { .. } => None,
                });
            follow_ups.flatten().for_each(|task| self.desk.wake(*task));
            Ok(applied)
        })
    }

    fn effects_after(
        &self,
        scope: Scope,
        after: Option<IdempotencyKey>,
    ) -> Answer<'_, Vec<EffectRecord>> {
        Box::pin(async move {
            let session = self.queries.session()?;
            let page = queries::effects(&session, &scope, after);
            session.bounded(page).await
        })
    }

    fn latest_calls(&self, limit: usize) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let session = self.queries.session()?;
            session
                .bounded(queries::latest_calls(&session, limit))
                .await
        })
    }

    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
        Box::pin(async move {
            let session = self.queries.session()?;
            session
                .bounded(queries::dead_letters(&session, limit))
                .await
        })
    }

    fn dead_letter(&self, event: i64, task: Task) -> Answer<'_, Option<(DeadLetter, Bytes)>> {
        Box::pin(async move {
            let session = self.queries.session()?;
            let letter = queries::dead_letter(&session, event, task);
            session.bounded(letter).await
        })
    }

    fn revive(&self, event: i64, task: Task) -> Answer<'_, bool> {
        Box::pin(async move {
            let mut session = self.connect().await?;
            let found = in_time(upkeep::revive(&mut session, event, task)).await?;
            self.desk.wake(task);
            Ok(found)
        })
    }

    fn prune(&self, keep: Duration, limit: usize) -> Answer<'_, Pruned> {
        Box::pin(async move {
            let pruned_to = self.pruned_to.load(Ordering::Relaxed);
            let mut session = self.connect().await?;
            let step = upkeep::prune(&mut session, keep, limit, pruned_to);
            let (pruned, reached) = in_time(step).await?;
            self.pruned_to.store(reached, Ordering::Relaxed);
            Ok(pruned)
        })
    }

    fn forget(&self, call_id: String) -> Answer<'_, u64> {
        Box::pin(async move {
            let mut session = self.connect().await?;
            in_time(upkeep::forget(&mut session, &call_id)).await
        })
    }

    fn depth(&self) -> Answer<'_, Depth> {
        Box::pin(async move {
            let session = self.queries.session()?;
            session.bounded(queries::depth(&session)).await
        })
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.require_open()?;
            // Whoever asks meanwhile waits, and gets the same answer.
            let mut checked = self.checked.lock().await;
            if let Some((when, result)) = &*checked
                && when.elapsed() < FRESH
            {
                return result.clone();
            }
            let result = self.check_now().await;
            *checked = Some((Instant::now(), result.clone()));
            result
        })
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // A database that is away comes back. The task that takes deliveries does not.
        Box::pin(self.deliveries.closed())
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.closing.send_replace(true);
            if let Some(lane) = self.lane.lock().await.take() {
                lane.await
                    .map_err(|error| StoreError::Backend(Arc::new(error)))?;
            }
            // Who asked for leases and looks at them no more must not hold up the end.
            let _ = timeout(WORK_TIME, self.desk.settle()).await;
            for link in [&self.accepts, &self.work, &self.queries] {
                link.close();
            }
            Ok(())
        })
    }
}
