//! When the figures are computed: aside, so that a page answers at once, and seldom, so that reading every effect takes
//! at most a tenth of the time.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout};

use super::figures::Figures;
use crate::store::{Scope, Store, StoreError};

/// Figures are not computed again for so long.
const PAUSE: Duration = Duration::from_secs(10);
/// Nor for so many times as long as it took.
const SHARE: u32 = 9;
/// How long a page waits for fresh figures; of a small store it always gets them.
const WAIT: Duration = Duration::from_millis(500);
/// How long the store may take for one page of effects.
const READ_TIME: Duration = Duration::from_secs(10);

/// Keeps the latest figures of a store.
#[derive(Clone)]
pub(super) struct Keeper {
    store: Arc<dyn Store>,
    latest: watch::Sender<Option<Known>>,
    /// When they may be computed again; locked while they are.
    due: Arc<Mutex<Instant>>,
}

/// Figures, and when they were true.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) figures: Arc<Figures>,
    pub(super) as_of: SystemTime,
}

impl Keeper {
    pub(super) fn of(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            latest: watch::Sender::new(None),
            due: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// The latest figures; `None` until the first ones are there.
    pub(super) async fn figures(&self) -> Option<Known> {
        let mut latest = self.latest.subscribe();
        if self.compute_if_due() {
            let _ = timeout(WAIT, latest.changed()).await;
        }
        latest.borrow().clone()
    }

    /// Whether new figures are on their way.
    fn compute_if_due(&self) -> bool {
        let Ok(mut due) = Arc::clone(&self.due).try_lock_owned() else {
            return true;
        };
        let began = Instant::now();
        if began < *due {
            return false;
        }
        let (store, latest) = (Arc::clone(&self.store), self.latest.clone());
        tokio::spawn(async move {
            let as_of = SystemTime::now();
            let computed = compute(&*store).await;
            *due = Instant::now() + PAUSE.max(began.elapsed() * SHARE);
            drop(due);
            // Who waits is woken by a failure too.
            latest.send_modify(|latest| match computed {
                Ok(figures) => {
                    let figures = Arc::new(figures);
                    *latest = Some(Known { figures, as_of });
                }
                Err(error) => tracing::warn!(%error, "figures not computed"),
            });
        });
        true
    }
}

async fn compute(store: &dyn Store) -> Result<Figures, StoreError> {
    let mut figures = Figures::default();
    let mut after = None;
    loop {
        let page = store.effects_after(Scope::Prefix(String::new()), after);
        let page = timeout(READ_TIME, page)
            .await
            .unwrap_or(Err(StoreError::Slow))?;
        let Some(last) = page.last() else {
            return Ok(figures);
        };
        after = Some(last.key.clone());
        figures.add(&page);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hamsa_schemas::IdempotencyKey;
    use serde_json::json;

    use super::*;
    use crate::store::{Conclusion, Effect, MemoryStore, Task};

    async fn end_call(store: &MemoryStore, call_id: &str) {
        let event = json!({"eventType": "call.ended", "callId": call_id, "timestamp": "t"});
        let key = IdempotencyKey::of(&event).unwrap();
        store.accept(key, Bytes::new()).await.unwrap();
        let effect = Effect {
            kind: crate::handler::kind::CALL_ENDED,
            data: json!({}),
        };
        let done = Conclusion::Done {
            effect: Some(effect),
            next: Vec::new(),
        };
        let leases = store.lease(Task::Handle, 1, PAUSE).await.unwrap();
        let concluded = leases.into_iter().map(|lease| (lease, done.clone()));
        store.conclude(concluded.collect()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn figures_are_computed_again_only_after_a_pause() {
        let store = Arc::new(MemoryStore::default());
        let keeper = Keeper::of(Arc::clone(&store) as Arc<dyn Store>);
        let calls = async || keeper.figures().await.unwrap().figures.calls;
        assert_eq!(calls().await, 0);
        for n in 0..600 {
            end_call(&store, &n.to_string()).await;
        }
        assert_eq!(calls().await, 0, "the first figures hold for a while");
        tokio::time::advance(PAUSE).await;
        assert_eq!(calls().await, 600, "all pages are read");
    }

    #[tokio::test]
    async fn without_a_store_there_are_no_figures_and_nobody_waits_long() {
        let store = Arc::new(MemoryStore::default());
        store.close().await.unwrap();
        assert!(Keeper::of(store).figures().await.is_none());
    }
}
