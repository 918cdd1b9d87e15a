//! The tasks that turn stored events into effects, and bring effects to sinks, outside any request (G-ASYNC-01).
//!
//! A worker leases work, does it, and hands its conclusions back. It keeps no state: killed at any point, its leases run
//! out and the work comes back.

mod delivering;
mod handling;
mod pruning;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub(crate) use delivering::Delivering;
pub(crate) use handling::Handling;
pub(crate) use pruning::{prune, prune_now_and_then};

use crate::observe::{Observer, Worked};
use crate::settings::RetryPolicy;
use crate::store::{Conclusion, Lease, Store, Task};
use crate::telemetry::KeyFields;

/// Wait after the store failed, so that a broken one is not asked in a loop.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What is done with leased work.
pub(crate) trait Job: Send + Sync {
    /// Of which task, how much at a time, and how long it may take before that is given to another.
    fn wants(&self) -> (Task, usize, Duration);

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
                Ok(leases) => {
                    let conclusions = self.job.conclude(&leases).await;
                    let worked: Vec<Worked> = conclusions.iter().map(Worked::of).collect();
                    let pairs = leases.into_iter().zip(conclusions).collect();
                    let concluded = self.store.conclude(pairs).await;
                    if concluded.is_ok() {
                        worked
                            .into_iter()
                            .for_each(|w| self.observer.worked(task, w));
                    }
                    concluded
                }
                Err(error) => Err(error),
            };
            if let Err(error) = concluded {
                tracing::error!(task = task.name(), %error, "worker pauses");
                let _ = tokio::time::timeout(STORE_PAUSE, stopping.wait_for(|stop| *stop)).await;
            }
        }
    }
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
    let KeyFields {
        event_type,
        call_id,
        timestamp,
    } = KeyFields::from(&lease.key);
    let (task, attempt) = (lease.task.name(), lease.attempt);
    match retry.wait_after(attempt) {
        Some(after) => {
            tracing::warn!(
                ?event_type,
                ?call_id,
                ?timestamp,
                task,
                attempt,
                reason,
                "will retry"
            );
            Conclusion::Retry {
                after: after.max(asked.unwrap_or_default()),
            }
        }
        None => dead(lease, reason),
    }
}

fn dead(lease: &Lease, reason: String) -> Conclusion {
    let KeyFields {
        event_type,
        call_id,
        timestamp,
    } = KeyFields::from(&lease.key);
    let (task, attempt) = (lease.task.name(), lease.attempt);
    tracing::error!(
        ?event_type,
        ?call_id,
        ?timestamp,
        task,
        attempt,
        reason,
        "dead letter"
    );
    Conclusion::Dead { reason }
}
