//! Whether events can be stored now, and what waits: asked by anybody, so one question at a time, whose answer serves all who
//! ask meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::store::{Depth, Store, StoreError};

/// How long an answer serves.
const FRESH: Duration = Duration::from_millis(100);
/// For the counts alone: a long queue does not make a receiver unready.
const COUNT_TIME: Duration = Duration::from_secs(1);

/// Shared by all requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readiness(Arc<Mutex<Option<Answered>>>);

#[derive(Debug, Clone)]
struct Answered {
    when: Instant,
    result: Result<Option<Depth>, StoreError>,
}

impl Readiness {
    /// An error says why nothing can be stored. The counts are missing where they take too long.
    pub(crate) async fn of(&self, store: &dyn Store) -> Result<Option<Depth>, StoreError> {
        let mut last = self.0.lock().await;
        if let Some(Answered { when, result }) = &*last
            && when.elapsed() < FRESH
        {
            return result.clone();
        }
        let result = ask(store).await;
        *last = Some(Answered {
            when: Instant::now(),
            result: result.clone(),
        });
        result
    }
}

/// The store is tried, not only asked: a full disk can still be read.
async fn ask(store: &dyn Store) -> Result<Option<Depth>, StoreError> {
    store.check().await?;
    let depth = timeout(COUNT_TIME, store.depth()).await;
    Ok(depth.ok().and_then(Result::ok))
}
