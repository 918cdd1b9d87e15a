//! Where writer and leasing side meet.
//!
//! Fresh work is not handed over event by event: the writer only says up to which id rows are committed, and the
//! leasing side reads `work` from its cursor on. However long the queue gets, memory holds only leased and
//! retried events.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::agenda::{Agenda, now_ms, wait};

#[derive(Debug, Default)]
pub(super) struct Desk {
    book: Mutex<Book>,
    due: Notify,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    /// Events that were read from `work`: leased ones, and those that wait for a retry.
    pub(super) agenda: Agenda,
    /// Rows of `work` up to this id are in the agenda, or done.
    pub(super) cursor: i64,
    /// Rows of `work` up to this id are committed.
    pub(super) newest: i64,
}

impl Book {
    fn has_due(&self) -> bool {
        self.newest > self.cursor || self.agenda.next_due_ms().is_some_and(|due| due <= now_ms())
    }
}

impl Desk {
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        // Every change is complete before anything could panic, so a poisoned lock guards sound data.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes one worker, which wakes the next when it leaves something.
    pub(super) fn wake(&self) {
        self.due.notify_one();
    }

    /// Waits until an event may be due.
    pub(super) async fn wait(&self) {
        loop {
            let next_due_ms = {
                let book = self.book();
                if book.has_due() {
                    return;
                }
                book.agenda.next_due_ms()
            };
            wait(&self.due, next_due_ms).await;
        }
    }
}
