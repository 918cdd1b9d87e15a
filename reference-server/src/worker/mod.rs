//! The tasks that turn stored events into effects, and bring effects to sinks, outside any request (G-ASYNC-01).
//!
//! A worker leases work, does it, and hands its conclusions back. It keeps no state: killed at any point, its leases run
//! out and the work comes back.

mod delivering;
mod handling;
mod pruning;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;

pub(crate) use delivering::Delivering;
pub(crate) use handling::Handling;
pub(crate) use pruning::{prune, prune_now_and_then};

use crate::observe::{Observer, Worked};
use crate::settings::RetryPolicy;
use crate::store::{Conclusion, Lease, Store, StoreError, Task};
use crate::telemetry::KeyFields;

/// Wait after the store failed, so that a broken one is not asked in a loop.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What is done with leased work.
pub(crate) trait Job: Send + Sync {
    /// Of which task, how much at a time, and how long it may take before that is given to another.
    fn wants(&self) -> (Task, usize, Duration);

    /// How a failed attempt is repeated.
    fn retry(&self) -> RetryPolicy;

    /// Does it. The conclusions belong to the leases in order.
    fn conclude(&self, leases: &[Lease]) -> impl Future<Output = Vec<Conclusion>> + Send;
}

/// A job, and where its work comes from.
pub(crate) struct Worker<J> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) job: J,
}

impl<J: Job> Worker<J> {
    /// Works until `stopping` turns true; what is at hand is finished first.
    pub(crate) async fn run(&self, mut stopping: watch::Receiver<bool>) {
        let (task, limit, hold) = self.job.wants();
        loop {
            let leases = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return,
                leases = self.store.lease(task, limit, hold) => leases,
            };
            let concluded = match leases {
                Ok(leases) => self.work(task, leases, &mut stopping).await,
                Err(error) => Err(error),
            };
            if let Err(error) = concluded {
                tracing::error!(task = task.name(), %error, "worker pauses");
                pause(&mut stopping).await;
            }
        }
    }

    async fn work(
        &self,
        task: Task,
        leases: Vec<Lease>,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<(), StoreError> {
        // One event must not take its worker down, and with it the others (G-EVT-21).
        let concluding = AssertUnwindSafe(self.job.conclude(&leases)).catch_unwind();
        let conclusions = concluding.await.unwrap_or_else(|_| {
            let panicked = |lease| failed(lease, self.job.retry(), None, "panicked".to_owned());
            leases.iter().map(panicked).collect()
        });
        let worked: Vec<Worked> = conclusions.iter().map(Worked::of).collect();
        let pairs: Vec<_> = leases.into_iter().zip(conclusions).collect();
        let applied = if task == Task::Handle {
            // What cannot be recorded is handled again, which nobody notices.
            self.store.conclude(pairs).await?
        } else {
            self.record(pairs, stopping).await?
        };
        if applied < worked.len() {
            let lost = worked.len() - applied;
            tracing::warn!(
                task = task.name(),
                lost,
                "leases ran out before their work was done"
            );
        }
        let counted = worked.into_iter().take(applied);
        counted.for_each(|worked| self.observer.worked(task, worked));
        Ok(())
    }

    /// A sink that was told and not noted as such would be told again: so this goes on until the store takes it.
    async fn record(
        &self,
        pairs: Vec<(Lease, Conclusion)>,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<usize, StoreError> {
        loop {
            match self.store.conclude(pairs.clone()).await {
                Err(error) if !*stopping.borrow() => {
                    tracing::error!(%error, "what was delivered is not recorded yet");
                    pause(stopping).await;
                }
                recorded => return recorded,
            }
        }
    }
}

/// Waits a moment, or until it is time to stop.
async fn pause(stopping: &mut watch::Receiver<bool>) {
    let _ = tokio::time::timeout(STORE_PAUSE, stopping.wait_for(|stop| *stop)).await;
}

impl Worked {
    fn of(conclusion: &Conclusion) -> Self {
        match conclusion {
            Conclusion::Done { effect, .. } if effect.is_some() => Self::Effect,
            Conclusion::Done { .. } => Self::Done,
            Conclusion::Retry { .. } => Self::Retry,
            Conclusion::Dead { .. } => Self::Dead,
        }
    }
}

/// The end of a failed attempt: another one, or a dead letter (G-ASYNC-03, G-ASYNC-04).
fn failed(
    lease: &Lease,
    retry: RetryPolicy,
    asked: Option<Duration>,
    reason: String,
) -> Conclusion {
    match retry.wait_after(lease.attempt) {
        Some(after) => ended(
            lease,
            &reason,
            Conclusion::Retry {
                after: after.max(asked.unwrap_or_default()),
            },
        ),
        None => dead(lease, reason),
    }
}

fn dead(lease: &Lease, reason: String) -> Conclusion {
    ended(lease, &reason.clone(), Conclusion::Dead { reason })
}

/// Logs how an attempt that failed has ended.
fn ended(lease: &Lease, reason: &str, conclusion: Conclusion) -> Conclusion {
    let KeyFields {
        event_type,
        call_id,
        timestamp,
    } = KeyFields::from(&lease.key);
    let (task, attempt) = (lease.task.name(), lease.attempt);
    if matches!(conclusion, Conclusion::Dead { .. }) {
        tracing::error!(
            ?event_type,
            ?call_id,
            ?timestamp,
            task,
            attempt,
            reason,
            "dead letter"
        );
    } else {
        tracing::warn!(
            ?event_type,
            ?call_id,
            ?timestamp,
            task,
            attempt,
            reason,
            "will retry"
        );
    }
    conclusion
}
