//! Accepts, in groups: what waits goes to Redis as one script, which costs one answer and, with `appendfsync always`, one
//! fsync. While groups are on their way the next one gathers.
//!
//! Commands of their own on one connection would be grouped worse: Redis reads 16 KiB of a connection before it syncs.

use std::sync::Arc;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::JoinSet;

use super::database::Database;
use super::sortable;
use crate::store::{Acceptance, StoreError, Task};

/// Deliveries of a group: what runs in Redis holds up everybody else there, a few microseconds for each.
const GROUP: usize = 128;
/// A group ends with the delivery that reaches this many bytes.
const GROUP_BYTES: usize = 1 << 20;
/// Groups on their way: one is read by Redis while the other is fsynced.
const AT_ONCE: usize = 2;

pub(super) struct Delivery {
    pub(super) key: IdempotencyKey,
    pub(super) body: Bytes,
    pub(super) reply: oneshot::Sender<Result<Acceptance, StoreError>>,
    /// Its share of the memory that the queue may take.
    pub(super) _share: OwnedSemaphorePermit,
}

/// Answers deliveries until every sender is gone.
pub(super) async fn answer(database: Arc<Database>, mut deliveries: mpsc::Receiver<Delivery>) {
    let mut waiting = Vec::with_capacity(GROUP);
    let mut groups = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(outcome) = groups.join_next() => {
                if let Ok(Err(error)) = outcome {
                    // What waits would wait as long again, and its senders have waited already.
                    for _ in 0..deliveries.len() {
                        let late = deliveries.try_recv().into_iter();
                        late.for_each(|delivery| fail(delivery, &error));
                    }
                }
            }
            received = deliveries.recv_many(&mut waiting, GROUP), if groups.len() < AT_ONCE => {
                if received == 0 {
                    break;
                }
                // Who has stopped waiting would be told nothing, and comes again.
                waiting.retain(|delivery| !delivery.reply.is_closed());
                while !waiting.is_empty() {
                    let group = waiting.drain(..fitting(&waiting)).collect();
                    groups.spawn(write(Arc::clone(&database), group));
                }
            }
        }
    }
    while groups.join_next().await.is_some() {}
}

/// How many of them are a group.
fn fitting(waiting: &[Delivery]) -> usize {
    let mut bytes = 0;
    let is_last = |delivery: &Delivery| {
        bytes += delivery.body.len();
        bytes >= GROUP_BYTES
    };
    let last = waiting.iter().position(is_last);
    last.map_or(waiting.len(), |last| last + 1)
}

async fn write(database: Arc<Database>, group: Vec<Delivery>) -> Result<(), StoreError> {
    let Database { names, scripts, .. } = &*database;
    let mut accept = scripts.accept.prepare_invoke();
    accept
        .key(names.newest())
        .key(names.queue(Task::Handle))
        .key(names.received())
        .key(names.keys());
    for Delivery { key, body, .. } in &group {
        accept
            .key(names.event(key))
            .arg(sortable::encode(key))
            .arg(&body[..]);
    }
    let answers: Result<Vec<u8>, _> = database.front.run(&accept).await;
    match answers {
        Ok(answers) => {
            for (delivery, answer) in group.into_iter().zip(answers) {
                let acceptance = match answer {
                    0 => Acceptance::New,
                    altered => Acceptance::Duplicate {
                        altered: altered == 2,
                    },
                };
                let _ = delivery.reply.send(Ok(acceptance));
            }
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, accepts = group.len(), "group not stored");
            group
                .into_iter()
                .for_each(|delivery| fail(delivery, &error));
            Err(error)
        }
    }
}

fn fail(delivery: Delivery, error: &StoreError) {
    let _ = delivery.reply.send(Err(error.clone()));
}
