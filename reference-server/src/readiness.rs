//! Whether events can be stored now, and what waits: asked by anybody, so one question at a time, whose answer serves all who
//! ask meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::store::{Depth, Store, StoreError};

/// How long a good answer serves.
const FRESH: Duration = Duration::from_millis(100);
/// For the counts alone: a long queue does not make a receiver unready.
const COUNT_TIME: Duration = Duration::from_secs(1);

/// Shared by all requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readiness(Arc<Mutex<Option<Answered>>>);

#[derive(Debug, Clone)]
struct Answered {
    when: Instant,
    depth: Option<Depth>,
}

impl Readiness {
    /// An error says why nothing can be stored. The counts are missing where they take too long.
    pub(crate) async fn of(&self, store: &dyn Store) -> Result<Option<Depth>, StoreError> {
        let mut last = self.0.lock().await;
        if let Some(Answered { when, depth }) = &*last
            && when.elapsed() < FRESH
        {
            return Ok(*depth);
        }
        let depth = ask(store).await?;
        *last = Some(Answered {
            when: Instant::now(),
            depth,
        });
        Ok(depth)
    }
}

/// The store is tried, not only asked: a full disk can still be read.
async fn ask(store: &dyn Store) -> Result<Option<Depth>, StoreError> {
    store.check().await?;
    let depth = timeout(COUNT_TIME, store.depth()).await;
    Ok(depth.ok().and_then(Result::ok))
}
