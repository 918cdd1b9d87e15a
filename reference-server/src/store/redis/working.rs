//! Leases and their conclusions.
//!
//! A queue is a sorted set by due time. A lease only moves its event behind its end, so an expired lease and a due retry are the
//! same thing, and what a dead receiver held needs no recovery of its own.

use std::time::Duration;

use bytes::Bytes;

use super::database::Database;
use super::sortable;
use crate::store::{Conclusion, Effect, LEASED_BYTES, Lease, StoreError, Task};

/// Conclusions that one script applies.
const CONCLUDED: usize = 128;

impl Database {
    /// Leases what is due now.
    pub(super) async fn lease(
        &self,
        task: Task,
        limit: usize,
        hold: Duration,
    ) -> Result<Vec<Lease>, StoreError> {
        let mut lease = self.scripts.lease.prepare_invoke();
        lease
            .key(self.names.queue(task))
            .key(self.names.events())
            .arg(task.code())
            .arg(limit)
            .arg(milliseconds(hold))
            .arg(LEASED_BYTES);
        let found: Vec<(i64, u32, Vec<u8>, Vec<u8>)> = self.back.run(&lease).await?;
        let leases = found.into_iter().filter_map(|(id, attempt, key, body)| {
            Some(Lease {
                id,
                task,
                attempt,
                key: sortable::decode(&key)?,
                body: Bytes::from(body),
            })
        });
        Ok(leases.collect())
    }

    /// Ends leases; returns how many were applied.
    pub(super) async fn conclude(
        &self,
        leases: &[(Lease, Conclusion)],
    ) -> Result<usize, StoreError> {
        let mut applied = 0;
        for leases in leases.chunks(CONCLUDED) {
            let mut conclude = self.scripts.conclude.prepare_invoke();
            conclude.key(self.names.queues()).key(self.names.dead());
            for (lease, conclusion) in leases {
                let (verdict, [first, second, third]) = in_words(conclusion);
                conclude
                    .key(self.names.event(&lease.key))
                    .arg(lease.id)
                    .arg(lease.task.code())
                    .arg(lease.attempt)
                    .arg(verdict)
                    .arg(&[first, second, third]);
            }
            applied += self.back.run::<usize>(&conclude).await?;
        }
        Ok(applied)
    }
}

/// As the script takes it.
fn in_words(conclusion: &Conclusion) -> (&'static str, [String; 3]) {
    match conclusion {
        Conclusion::Done { effect, next } => {
            let next = next.iter().map(|task| task.code().to_string()).collect();
            let (kind, data) = match effect {
                Some(Effect { kind, data }) => ((*kind).to_owned(), data.to_string()),
                None => Default::default(),
            };
            ("done", [kind, data, next])
        }
        Conclusion::Retry { after } => {
            let wait = milliseconds(*after).to_string();
            ("retry", [wait, String::new(), String::new()])
        }
        Conclusion::Dead { reason } => ("dead", [reason.clone(), String::new(), String::new()]),
    }
}

/// At most a thousand years, so that sums stay exact in Lua.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    const MOST: u64 = 1_000 * 366 * 86_400_000;
    u64::try_from(duration.as_millis()).map_or(MOST, |ms| ms.min(MOST))
}
