//! Accepts, in groups: what waits goes to Redis as one script, which costs one answer and, with `appendfsync always`, one
//! fsync. While a group is on its way the next one gathers.
//!
//! Commands of their own on one connection would be grouped worse: Redis reads 16 KiB of a connection before it syncs.

use std::sync::Arc;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::database::Database;
use super::sortable;
use crate::store::{Acceptance, StoreError, Task};

/// Deliveries that may wait; one more is answered [`StoreError::Full`].
pub(super) const QUEUE: usize = 4_096;
/// Deliveries of a group: what runs in Redis holds up everybody else there, a few microseconds for each.
const GROUP: usize = 128;
/// A group ends with the delivery that reaches this many bytes.
const GROUP_BYTES: usize = 1 << 20;

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
    while deliveries.recv_many(&mut waiting, GROUP).await > 0 {
        // Who has stopped waiting would be told nothing, and comes again.
        waiting.retain(|delivery| !delivery.reply.is_closed());
        while !waiting.is_empty() {
            let mut group: Vec<_> = waiting.drain(..fitting(&waiting)).collect();
            match write(&database, &group).await {
                Ok(answers) => tell(group, answers),
                Err(error) => {
                    tracing::error!(%error, accepts = group.len(), "group not stored");
                    // What waits would wait as long again, and its senders have waited already.
                    group.append(&mut waiting);
                    while group.len() < QUEUE
                        && let Ok(delivery) = deliveries.try_recv()
                    {
                        group.push(delivery);
                    }
                    for delivery in group {
                        let _ = delivery.reply.send(Err(error.clone()));
                    }
                }
            }
        }
    }
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

/// Runs the script; what it returns belongs to the deliveries in order.
async fn write(database: &Database, group: &[Delivery]) -> Result<Vec<u8>, StoreError> {
    let Database { names, scripts, .. } = database;
    let mut accept = scripts.accept.prepare_invoke();
    accept
        .key(names.newest())
        .key(names.queue(Task::Handle))
        .key(names.received())
        .key(names.keys());
    for Delivery { key, body, .. } in group {
        accept
            .key(names.event(key))
            .arg(sortable::encode(key))
            .arg(&body[..]);
    }
    database.front.run(&accept).await
}

fn tell(group: Vec<Delivery>, answers: Vec<u8>) {
    for (delivery, answer) in group.into_iter().zip(answers) {
        let acceptance = match answer {
            0 => Acceptance::New,
            altered => Acceptance::Duplicate {
                altered: altered == 2,
            },
        };
        let _ = delivery.reply.send(Ok(acceptance));
    }
}
