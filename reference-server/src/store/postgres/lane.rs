//! Takes the deliveries that wait, and answers them after their commit.
//!
//! While the database flushes one batch, the next one gathers. Two batches on their way at the same time were no quicker on a
//! disk that flushes quickly, and cost both sides a third more.

use std::sync::Arc;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::accept::accept;
use super::desk::Desk;
use super::link::Link;
use crate::store::digest::Digest;
use crate::store::{Acceptance, StoreError, Task};

/// Deliveries of one batch; bounds the wait of the first in it.
const BATCH: usize = 512;
/// A batch ends with the delivery that reaches this many bytes; the server keeps so much in memory.
const BATCH_BYTES: usize = 2 << 20;

pub(super) struct Delivery {
    pub(super) key: IdempotencyKey,
    pub(super) hash: Digest,
    pub(super) body: Bytes,
    pub(super) reply: oneshot::Sender<Result<Acceptance, StoreError>>,
    /// Its share of the memory that the queue may take.
    pub(super) share: OwnedSemaphorePermit,
}

/// Runs until the store is closed or dropped, and every delivery answered.
pub(super) async fn run(
    link: Arc<Link>,
    mut waiting: mpsc::Receiver<Delivery>,
    desk: Arc<Desk>,
    mut closing: watch::Receiver<bool>,
) {
    loop {
        let mut taken = Vec::new();
        tokio::select! {
            biased;
            count = waiting.recv_many(&mut taken, BATCH) => if count == 0 { return },
            // What came before is still answered.
            _ = closing.wait_for(|closing| *closing) => waiting.close(),
        }
        // Whoever does not wait any more was told that it failed, and comes again.
        taken.retain(|delivery| !delivery.reply.is_closed());
        while !taken.is_empty() {
            let rest = taken.split_off(batch_len(&taken));
            let batch = std::mem::replace(&mut taken, rest);
            if let Err(StoreError::Slow) = serve(&link, batch, &desk).await {
                // What waits would wait as long again, and its senders have waited already.
                while let Ok(delivery) = waiting.try_recv() {
                    taken.push(delivery);
                }
                fail(taken, &StoreError::Slow);
                break;
            }
        }
    }
}

fn batch_len(deliveries: &[Delivery]) -> usize {
    let mut bytes = 0;
    let reaches = |delivery: &Delivery| {
        bytes += delivery.share.num_permits();
        bytes >= BATCH_BYTES
    };
    let last = deliveries.iter().position(reaches);
    last.map_or(deliveries.len(), |index| index + 1)
}

async fn serve(link: &Link, batch: Vec<Delivery>, desk: &Desk) -> Result<(), StoreError> {
    let accepted = match link.session() {
        Ok(session) => session.bounded(accept(&session, &batch)).await,
        Err(error) => Err(error),
    };
    match accepted {
        Ok(acceptances) => {
            if acceptances.contains(&Acceptance::New) {
                desk.wake(Task::Handle);
            }
            for (delivery, acceptance) in batch.into_iter().zip(acceptances) {
                let _ = delivery.reply.send(Ok(acceptance));
            }
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, accepts = batch.len(), "batch not committed");
            fail(batch, &error);
            Err(error)
        }
    }
}

fn fail(deliveries: Vec<Delivery>, error: &StoreError) {
    for delivery in deliveries {
        let _ = delivery.reply.send(Err(error.clone()));
    }
}
