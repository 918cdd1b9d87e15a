//! What becomes of deliveries while something around the receiver misbehaves.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{event::Event, keys::EventKey, reception::Receiver, reply::Reply};
use crate::{
    behaviour::{Failure, FullDisk, Slowness, StoreLoss},
    http::Wire,
};

/// How long slow work takes.
const SLOW: Duration = Duration::from_secs(8);
/// The time between two tries at what fails.
const RETRY: Duration = Duration::from_millis(100);

impl Receiver {
    /// The answer to a delivery that the store is needed for and missing; nothing when it is there.
    pub(super) async fn without_store(&self, event: &Event) -> Option<Reply> {
        if !self.surroundings.is_storeless() {
            return None;
        }
        match self.behaviour.store_loss {
            StoreLoss::Refused => Some(self.unavailable()),
            StoreLoss::Acknowledged => Some(self.acknowledge(event)),
            StoreLoss::Undeduplicated => {
                self.journal.record(event.clone()).await;
                Some(self.acknowledge(event))
            }
            StoreLoss::Waits => {
                while self.surroundings.is_storeless() {
                    sleep(RETRY).await;
                }
                None
            }
            StoreLoss::NoWayBack => {
                self.stop();
                Some(self.unavailable())
            }
        }
    }

    /// The answer to a fresh event that is worked on under difficulties; nothing without any.
    pub(super) async fn hampered(
        &self,
        wire: &mut Wire,
        event: &Event,
        key: &EventKey,
    ) -> Option<Reply> {
        if self.surroundings.is_full() {
            return Some(match self.behaviour.full_disk {
                FullDisk::Refused => {
                    self.keys.release(key);
                    self.unavailable()
                }
                FullDisk::Acknowledged => self.acknowledge(event),
            });
        }
        if self.fails() {
            return Some(self.fail(event, key).await);
        }
        if self.surroundings.is_slow() {
            return Some(self.toil(wire, event, key).await);
        }
        None
    }

    /// Slow duplicates, where they are slow.
    pub(super) async fn hamper_duplicate(&self) {
        if self.behaviour.slowness == Slowness::Duplicates && self.surroundings.is_slow() {
            sleep(SLOW).await;
        }
    }

    fn fails(&self) -> bool {
        match self.behaviour.failure {
            Failure::ForGood => self.surroundings.has_failed(),
            _ => self.surroundings.is_failing(),
        }
    }

    async fn fail(&self, event: &Event, key: &EventKey) -> Reply {
        match self.behaviour.failure {
            Failure::Retried => self.retry_later(event),
            Failure::HandedBack => self.keys.release(key),
            Failure::EffectFirst => {
                self.journal.record(event.clone()).await;
                self.keys.release(key);
            }
            Failure::RetriedToo => {
                self.retry_later(event);
                self.keys.release(key);
            }
            Failure::Blocked => self.keys.block(key),
            Failure::ForGood => self.keys.release(key),
            Failure::Crashes => {
                let surroundings = Arc::clone(&self.surroundings);
                tokio::spawn(async move {
                    while surroundings.is_failing() {
                        sleep(RETRY).await;
                    }
                    std::process::abort();
                });
            }
            Failure::KeepsKey | Failure::Forgotten => {}
        }
        match self.behaviour.failure {
            Failure::Retried | Failure::Forgotten | Failure::Crashes => self.acknowledge(event),
            Failure::HandedBack | Failure::EffectFirst | Failure::RetriedToo => self.unavailable(),
            Failure::KeepsKey | Failure::Blocked | Failure::ForGood => {
                Reply::keep(self.say.error(500, "Internal server error"))
            }
        }
    }

    fn retry_later(&self, event: &Event) {
        let (journal, surroundings) = (Arc::clone(&self.journal), Arc::clone(&self.surroundings));
        let event = event.clone();
        tokio::spawn(async move {
            while surroundings.is_failing() {
                sleep(RETRY).await;
            }
            journal.record(event).await;
        });
    }

    async fn toil(&self, wire: &mut Wire, event: &Event, key: &EventKey) -> Reply {
        match self.behaviour.slowness {
            Slowness::Effect | Slowness::Duplicates => self.work_slowly(event),
            Slowness::Lease(ms) => {
                self.work_slowly(event);
                let (keys, key) = (Arc::clone(&self.keys), key.clone());
                tokio::spawn(async move {
                    sleep(Duration::from_millis(ms)).await;
                    keys.release(&key);
                });
            }
            Slowness::Cancellable if wire.hangs_up_within(SLOW).await => {
                return Reply::close(self.say.error(400, "Sender is gone"));
            }
            Slowness::Cancellable => self.journal.record(event.clone()).await,
            Slowness::Answer => {
                sleep(SLOW).await;
                self.journal.record(event.clone()).await;
            }
            Slowness::Entry => {
                self.keys.release(key);
                sleep(SLOW).await;
                self.journal.record(event.clone()).await;
                self.keys.enter(key);
            }
        }
        self.acknowledge(event)
    }

    fn work_slowly(&self, event: &Event) {
        let (journal, event) = (Arc::clone(&self.journal), event.clone());
        tokio::spawn(async move {
            sleep(SLOW).await;
            journal.record(event).await;
        });
    }

    fn unavailable(&self) -> Reply {
        Reply::keep(self.say.error(503, "Try again later"))
    }
}
