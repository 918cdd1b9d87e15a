//! The tasks that turn stored events into effects, outside any request (G-ASYNC-01).
//!
//! A worker leases a batch, runs the handler on each event, and hands all conclusions back at once. It keeps no state:
//! killed at any point, its leases run out and the events come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::handler::{Handler, HandlerError};
use crate::json_text;
use crate::settings::RetryPolicy;
use crate::store::{Conclusion, Effect, Lease, Store};
use crate::telemetry::KeyFields;

/// Events per lease: enough to share one commit, few enough to share the work among workers.
const BATCH: usize = 64;
/// How long a worker may take for its batch before the events are given to another.
const HOLD: Duration = Duration::from_secs(60);
/// Wait after the store failed, so that a broken one is not asked in a loop.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What every worker shares.
pub(crate) struct Worker {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) handler: Arc<Handler>,
    pub(crate) retry: RetryPolicy,
}

impl Worker {
    /// Works until `stopping` turns true; the batch at hand is finished first.
    pub(crate) async fn run(&self, mut stopping: watch::Receiver<bool>) {
        loop {
            let leases = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return,
                leases = self.store.lease(BATCH, HOLD) => leases,
            };
            let concluded = match leases {
                Ok(leases) => {
                    let conclude = |lease| {
                        let conclusion = self.conclude(&lease);
                        (lease, conclusion)
                    };
                    self.store
                        .conclude(leases.into_iter().map(conclude).collect())
                        .await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = concluded {
                tracing::error!(%error, "worker pauses");
                let _ = tokio::time::timeout(STORE_PAUSE, stopping.wait_for(|stop| *stop)).await;
            }
        }
    }

    fn conclude(&self, lease: &Lease) -> Conclusion {
        let KeyFields {
            event_type,
            call_id,
            timestamp,
        } = KeyFields::from(&lease.key);
        let error = match self.handle(lease) {
            Ok(effect) => {
                tracing::debug!(?event_type, ?call_id, ?timestamp, "handled");
                return Conclusion::Done(effect);
            }
            Err(error) => error,
        };
        let attempt = lease.attempt;
        match self.retry.wait_after(attempt) {
            Some(after) => {
                tracing::warn!(?event_type, ?call_id, ?timestamp, attempt, %error, "will retry");
                Conclusion::Retry { after }
            }
            None => {
                tracing::error!(?event_type, ?call_id, ?timestamp, attempt, %error, "dead letter");
                Conclusion::Dead {
                    reason: error.to_string(),
                }
            }
        }
    }

    fn handle(&self, lease: &Lease) -> Result<Option<Effect>, HandlerError> {
        let event = json_text::read(&lease.body)?;
        // One event must not take its worker, and with it the others, down (G-EVT-21).
        catch_unwind(AssertUnwindSafe(|| (self.handler)(&event)))
            .unwrap_or(Err(HandlerError::Panic))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use bytes::Bytes;
    use hamsa_schemas::IdempotencyKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::store::{DeadLetter, MemoryStore, Scope};

    async fn accept(store: &dyn Store, call_id: &str) {
        let event = json!({"eventType": "call.started", "callId": call_id, "timestamp": "t"});
        let key = IdempotencyKey::of(&event).unwrap();
        store
            .accept(key, Bytes::from(event.to_string()))
            .await
            .unwrap();
    }

    /// Runs one worker until nothing is pending.
    async fn drain(store: &Arc<MemoryStore>, handler: Arc<Handler>) {
        let store: Arc<dyn Store> = Arc::clone(store) as _;
        let retry = RetryPolicy {
            attempts: 3,
            backoff: Duration::from_millis(1),
        };
        let worker = Worker {
            store: Arc::clone(&store),
            handler,
            retry,
        };
        let (stop, stopping) = watch::channel(false);
        let idle = async {
            while store.depth().await.unwrap().pending > 0 {
                tokio::task::yield_now().await;
            }
            stop.send(true).unwrap();
        };
        tokio::join!(worker.run(stopping), idle);
    }

    #[tokio::test]
    async fn a_failing_event_is_retried_and_has_one_effect() {
        let store = Arc::new(MemoryStore::default());
        accept(&*store, "a").await;
        let calls = AtomicU32::new(0);
        let flaky = move |event: &Value| {
            if calls.fetch_add(1, Ordering::Relaxed) < 2 {
                return Err(HandlerError::Unavailable("crm".to_owned()));
            }
            crate::handler::handle(event)
        };
        drain(&store, Arc::new(flaky)).await;
        assert_eq!(
            store
                .effects(Scope::Prefix(String::new()))
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(store.dead_letters(9).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_event_that_always_fails_dies_and_takes_no_other_along() {
        let store = Arc::new(MemoryStore::default());
        accept(&*store, "bad").await;
        accept(&*store, "good").await;
        let poisoned = |event: &Value| {
            assert_ne!(event["callId"], "bad", "poison");
            crate::handler::handle(event)
        };
        drain(&store, Arc::new(poisoned)).await;
        let dead = store.dead_letters(9).await.unwrap();
        let DeadLetter {
            key,
            attempts,
            reason,
        } = &dead[0];
        assert_eq!((key.call_id.as_str(), *attempts), ("bad", 3));
        assert_eq!(reason, "the handler panicked");
        assert_eq!(
            store
                .effects(Scope::Call("good".to_owned()))
                .await
                .unwrap()
                .len(),
            1
        );
    }
}
