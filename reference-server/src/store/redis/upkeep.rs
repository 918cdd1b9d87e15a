//! What is rarely done: dead letters revived, old events pruned, calls forgotten. All of it in small steps, because a script
//! holds up everybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::database::Database;
use super::working::milliseconds;
use crate::store::{Pruned, Scope, StoreError, Task};

/// Events that one script erases.
const ERASED: usize = 64;
/// Events that one script looks at.
const LOOKED_AT: usize = 256;

impl Database {
    pub(super) async fn revive(&self, id: i64, task: Task) -> Result<bool, StoreError> {
        let mut revive = self.scripts.revive.prepare_invoke();
        revive
            .key(self.names.dead())
            .key(self.names.queue(task))
            .key(self.names.events())
            .arg(id)
            .arg(task.code());
        self.back.run(&revive).await
    }

    /// `skip` is how many of the oldest events the last step found unfinished: they must not be met again and again.
    pub(super) async fn prune(
        &self,
        keep: Duration,
        limit: usize,
        skip: &AtomicU64,
    ) -> Result<Pruned, StoreError> {
        let mut prune = self.scripts.prune.prepare_invoke();
        prune
            .key(self.names.queues())
            .key(self.names.dead())
            .key(self.names.keys())
            .key(self.names.received())
            .key(self.names.events())
            .arg(milliseconds(keep))
            .arg(limit.clamp(1, LOOKED_AT))
            .arg(skip.load(Ordering::Relaxed));
        let (removed, has_more, next) = self.back.run(&prune).await?;
        skip.store(next, Ordering::Relaxed);
        Ok(Pruned { removed, has_more })
    }

    pub(super) async fn forget(&self, call_id: String) -> Result<u64, StoreError> {
        let scope = Scope::Call(call_id);
        let mut count = 0;
        loop {
            // What is erased is not found again.
            let keys = self.keys(&scope, None, ERASED).await?;
            let mut forget = self.scripts.forget.prepare_invoke();
            forget
                .key(self.names.queues())
                .key(self.names.dead())
                .key(self.names.keys());
            for key in &keys {
                forget.key(self.names.event(key));
            }
            match self.back.run::<u64>(&forget).await? {
                0 => return Ok(count),
                erased => count += erased,
            }
        }
    }
}
