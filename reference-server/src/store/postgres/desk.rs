//! Who leases next, and what happens to leases that nobody waits for any more.
//!
//! Of the workers that wait for the same task one asks the database, now and then and when this receiver has queued
//! something; the others wait for their turn. Notices of the database would be quicker, but they make commits wait for each other.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::link::Link;
use super::work;
use crate::store::{Lease, StoreError, Task};

/// How long work of another receiver, or a retry, may stay unseen.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Default)]
pub(super) struct Desk {
    turns: [Arc<Mutex<()>>; Task::ALL.len()],
    due: [Notify; Task::ALL.len()],
}

impl Desk {
    /// There may be work of this task.
    pub(super) fn wake(&self, task: Task) {
        self.due[usize::from(task.code())].notify_one();
    }

    /// Waits for work of this task. May be dropped at any time.
    pub(super) async fn lease(
        &self,
        link: &Arc<Link>,
        task: Task,
        limit: usize,
        hold: Duration,
    ) -> Result<Vec<Lease>, StoreError> {
        let index = usize::from(task.code());
        loop {
            let turn = Arc::clone(&self.turns[index]).lock_owned().await;
            let (taken, _turn) = Taking::start(link, turn, task, limit, hold)
                .finish()
                .await?;
            let leases = taken?;
            if !leases.is_empty() {
                return Ok(leases);
            }
            let _ = timeout(LOOK, self.due[index].notified()).await;
        }
    }

    /// Waits until nothing is being leased any more.
    pub(super) async fn settle(&self) {
        for turn in &self.turns {
            let _ = turn.lock().await;
        }
    }
}

/// The turn ends when it is dropped.
type Taken = (Result<Vec<Lease>, StoreError>, OwnedMutexGuard<()>);

/// A lease under way. Dropped, it gives back what it gets: else a receiver that stops would keep events from the others until
/// their leases run out.
struct Taking {
    link: Arc<Link>,
    asking: Option<JoinHandle<Taken>>,
}

impl Taking {
    fn start(
        link: &Arc<Link>,
        turn: OwnedMutexGuard<()>,
        task: Task,
        limit: usize,
        hold: Duration,
    ) -> Self {
        let asked = Arc::clone(link);
        let asking = tokio::spawn(async move {
            let taken = match asked.session() {
                Ok(session) => {
                    let lease = work::lease(&session, task, limit, hold);
                    session.bounded(lease).await
                }
                Err(error) => Err(error),
            };
            (taken, turn)
        });
        Self {
            link: Arc::clone(link),
            asking: Some(asking),
        }
    }

    async fn finish(mut self) -> Result<Taken, StoreError> {
        let answer = match &mut self.asking {
            Some(asking) => asking.await,
            None => return Err(StoreError::Closed),
        };
        self.asking = None;
        answer.map_err(|error| StoreError::Backend(Arc::new(error)))
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        // A runtime that ends runs nothing more.
        let (Some(asking), Ok(runtime)) = (self.asking.take(), Handle::try_current()) else {
            return;
        };
        let link = Arc::clone(&self.link);
        runtime.spawn(async move {
            if let Ok((Ok(leases), _turn)) = asking.await
                && !leases.is_empty()
                && let Ok(session) = link.session()
            {
                // When that fails too, the leases run out.
                let _ = session.bounded(work::give_back(&session, &leases)).await;
            }
        });
    }
}
