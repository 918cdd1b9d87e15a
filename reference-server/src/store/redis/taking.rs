//! Leases on their way to a worker. It may stop waiting at any moment, when the receiver ends for example; what it would have got
//! is then given back, or nobody would work on it until the leases run out.

use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::database::Database;
use super::desk::Turn;
use crate::store::{Conclusion, Lease, StoreError, Task};

/// Leases that go back when they are dropped, and the worker's turn, which lasts until then.
struct Taken {
    database: Arc<Database>,
    leases: Vec<Lease>,
    turn: Turn,
}

/// Leases what is due.
pub(super) async fn lease(
    database: &Arc<Database>,
    turn: &Turn,
    task: Task,
    limit: usize,
    hold: Duration,
) -> Result<Vec<Lease>, StoreError> {
    let (database, turn) = (Arc::clone(database), Arc::clone(turn));
    let (reply, answer) = oneshot::channel();
    // A task of its own: what was asked for comes, whether or not somebody still waits.
    tokio::spawn(async move {
        let leases = database.lease(task, limit, hold).await;
        // Where nobody waits, it is dropped here or in the channel.
        let _ = reply.send(leases.map(|leases| Taken {
            database,
            leases,
            turn,
        }));
    });
    let mut taken = answer.await.unwrap_or(Err(StoreError::Closed))?;
    Ok(take(&mut taken.leases))
}

impl Drop for Taken {
    fn drop(&mut self) {
        let after = Duration::ZERO;
        let back: Vec<_> = take(&mut self.leases)
            .into_iter()
            .map(|lease| (lease, Conclusion::Retry { after }))
            .collect();
        let (database, turn) = (Arc::clone(&self.database), Arc::clone(&self.turn));
        if !back.is_empty()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                // Where that fails too, they run out.
                let _ = database.conclude(&back).await;
                drop(turn);
            });
        }
    }
}
