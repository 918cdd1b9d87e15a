//! From an event to its effect: runs the handler, and says which sinks shall hear of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::{Job, failed};
use crate::handler::{Handler, HandlerError};
use crate::json_text;
use crate::settings::RetryPolicy;
use crate::sink::Sink;
use crate::store::{Conclusion, Effect, Lease, Task};
use crate::telemetry::KeyFields;

/// Events per lease: enough to share one commit, few enough to share the work among workers.
const BATCH: usize = 64;

pub(crate) struct Handling {
    pub(crate) handler: Arc<Handler>,
    pub(crate) sinks: Vec<Arc<dyn Sink>>,
    pub(crate) retry: RetryPolicy,
    pub(crate) hold: Duration,
}

impl Job for Handling {
    fn wants(&self) -> (Task, usize, Duration) {
        (Task::Handle, BATCH, self.hold)
    }

    fn retry(&self) -> RetryPolicy {
        self.retry
    }

    async fn conclude(&self, leases: &[Lease]) -> Vec<Conclusion> {
        let mut conclusions = Vec::with_capacity(leases.len());
        for lease in leases {
            conclusions.push(self.conclude_one(lease));
            // A large event takes its time, and acknowledgements wait on the same threads.
            tokio::task::yield_now().await;
        }
        conclusions
    }
}

impl Handling {
    fn conclude_one(&self, lease: &Lease) -> Conclusion {
        let effect = match self.handle(lease) {
            Ok(effect) => effect,
            Err(error) => return failed(lease, self.retry, None, error.to_string()),
        };
        let KeyFields {
            event_type,
            call_id,
            timestamp,
        } = KeyFields::from(&lease.key);
        tracing::debug!(?event_type, ?call_id, ?timestamp, "handled");
        let wanted = |effect: &Effect| {
            let wants = self.sinks.iter().filter(|sink| sink.wants(effect));
            wants.map(|sink| sink.task()).collect()
        };
        Conclusion::Done {
            next: effect.as_ref().map(wanted).unwrap_or_default(),
            effect,
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
    use tokio::sync::watch;

    use super::*;
    use crate::observe::Nobody;
    use crate::store::{DeadLetter, MemoryStore, Scope, Store};
    use crate::worker::Worker;

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
            observer: Arc::new(Nobody),
            job: Handling {
                handler,
                sinks: Vec::new(),
                retry,
                hold: Duration::from_secs(60),
            },
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
            ..
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
