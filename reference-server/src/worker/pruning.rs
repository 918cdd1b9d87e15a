//! Removes what is older than the retention, in small steps, so that deliveries never wait for it (G-IDEM-06).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::store::{Store, StoreError};

/// Events per step; deliveries wait behind one.
const STEP: usize = 200;
/// Between two steps, for everybody else.
const BREATH: Duration = Duration::from_millis(10);
/// Between two rounds.
const ROUND: Duration = Duration::from_secs(60);

/// Prunes until `stopping` turns true.
pub(crate) async fn prune_now_and_then(
    store: Arc<dyn Store>,
    keep: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        let round = async {
            match prune(&*store, keep).await {
                Ok(0) => {}
                Ok(events) => tracing::info!(events, "removed what is older than the retention"),
                Err(error) => tracing::error!(%error, "could not remove old events"),
            }
            tokio::time::sleep(ROUND).await;
        };
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = round => {}
        }
    }
}

/// One whole round; returns how many events were removed.
pub(crate) async fn prune(store: &dyn Store, keep: Duration) -> Result<u64, StoreError> {
    let mut events = 0;
    loop {
        let step = store.prune(keep, STEP).await?;
        events += step.removed as u64;
        if !step.has_more {
            return Ok(events);
        }
        tokio::time::sleep(BREATH).await;
    }
}
