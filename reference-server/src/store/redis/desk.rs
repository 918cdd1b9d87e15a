//! Where workers of this receiver wait for work.
//!
//! What this receiver accepts is told at once; what another one accepts, or a lease or wait that ends, is found by looking. One worker
//! looks at a time, whoever else waits for the same task: idle receivers cost Redis a few reads a second.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify, OwnedMutexGuard};
use tokio::time::timeout;

use crate::store::Task;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// The right to lease, of one worker at a time per task; it ends with the last clone.
pub(super) type Turn = Arc<OwnedMutexGuard<()>>;

#[derive(Debug, Default)]
pub(super) struct Desk {
    queues: [Queue; Task::ALL.len()],
}

#[derive(Debug, Default)]
struct Queue {
    turn: Arc<Mutex<()>>,
    news: Notify,
}

impl Desk {
    fn queue(&self, task: Task) -> &Queue {
        &self.queues[usize::from(task.code())]
    }

    pub(super) async fn turn(&self, task: Task) -> Turn {
        Arc::new(Arc::clone(&self.queue(task).turn).lock_owned().await)
    }

    /// Ends the wait of the worker whose turn it is, or the next one's.
    pub(super) fn wake(&self, task: Task) {
        self.queue(task).news.notify_one();
    }

    /// Waits until it is worth while to look again.
    pub(super) async fn wait(&self, task: Task) {
        let _ = timeout(LOOK, self.queue(task).news.notified()).await;
    }
}
