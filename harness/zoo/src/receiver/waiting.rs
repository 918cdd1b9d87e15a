//! Events that have been acknowledged and are still to be worked on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{event::Event, journal::Journal, store::Store};

/// How often a worker says that it is at it.
const BEAT: Duration = Duration::from_millis(10);
/// How long it may be silent before its work is given to another.
const SILENCE: Duration = Duration::from_secs(2);

/// What becomes of work whose worker was not heard of for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lease {
    /// It stays with its worker.
    Kept,
    /// Another does it as well.
    RunsOut,
}

/// The events that are waiting, by the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(Arc<Mutex<HashMap<u64, Event>>>);

impl Waiting {
    /// Works on the event for that long, beside everything else.
    pub(super) fn start(&self, event: Event, time: Duration, lease: Lease, journal: Arc<Journal>) {
        let waiting = self.clone();
        let place = waiting.enter(event.clone());
        tokio::spawn(async move {
            let began = Instant::now();
            let mut has_run_out = false;
            while began.elapsed() < time {
                // Clocks go on while a process is halted.
                let heard = Instant::now();
                sleep(BEAT.min(time)).await;
                has_run_out |= heard.elapsed() > SILENCE;
            }
            if waiting.leave(place).is_none() {
                return;
            }
            if has_run_out && lease == Lease::RunsOut {
                journal.record(event.clone()).await;
            }
            journal.record(event).await;
        });
    }

    /// Gives up everything that is waiting.
    pub(super) async fn cancel(&self, store: &Store) {
        let events: Vec<Event> = {
            let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            events.drain().map(|(_, event)| event).collect()
        };
        for event in events {
            store.cancel(&event).await;
        }
    }

    fn enter(&self, event: Event) -> u64 {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = events.keys().max().map_or(0, |last| last + 1);
        events.insert(place, event);
        place
    }

    fn leave(&self, place: u64) -> Option<Event> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&place)
    }
}
