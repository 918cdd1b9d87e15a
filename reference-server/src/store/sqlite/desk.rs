//! Where writer and leasing side meet.
//!
//! Fresh events are not handed over one by one: the writer only says up to which id rows are committed, and the
//! leasing side reads `work` from its cursor on. However long that queue gets, memory holds only what is leased, waits
//! for a retry, or is on its way to a sink.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::store::Task;
use crate::store::agenda::{Agenda, now_ms, wait};

/// So many accepts in one group are a burst.
const BURST: usize = 8;
/// How long a worker then waits before it takes a batch: short enough that a burst without end does not stop it.
const YIELD_TIME: Duration = Duration::from_millis(10);

#[derive(Debug, Default)]
pub(super) struct Desk {
    /// Accepts in the writer's last group.
    accepts: AtomicUsize,
    book: Mutex<Book>,
    due: [Notify; Task::ALL.len()],
}

#[derive(Debug, Default)]
pub(super) struct Book {
    agendas: [Agenda; Task::ALL.len()],
    /// Rows of `work` up to this id are in the agenda, or done.
    pub(super) cursor: i64,
    /// Rows of `work` up to this id are committed.
    pub(super) newest: i64,
}

impl Book {
    pub(super) fn agenda(&mut self, task: Task) -> &mut Agenda {
        &mut self.agendas[usize::from(task.code())]
    }

    /// Forgets an event of which nothing is left.
    pub(super) fn remove(&mut self, id: i64) {
        for agenda in &mut self.agendas {
            agenda.remove(id);
        }
    }

    fn has_due(&mut self, task: Task) -> bool {
        (task == Task::Handle && self.newest > self.cursor)
            || self
                .agenda(task)
                .next_due_ms()
                .is_some_and(|due| due <= now_ms())
    }
}

impl Desk {
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        // Every change is complete before anything could panic, so a poisoned lock guards sound data.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told by the writer for each group.
    pub(super) fn note_accepts(&self, accepts: usize) {
        self.accepts.store(accepts, Ordering::Relaxed);
    }

    /// In a burst accepts come first: senders wait five seconds for them, and nobody waits for an effect.
    pub(super) async fn yield_to_accepts(&self) {
        if self.accepts.load(Ordering::Relaxed) >= BURST {
            tokio::time::sleep(YIELD_TIME).await;
        }
    }

    /// Wakes one worker, which wakes the next when it leaves something.
    pub(super) fn wake(&self, task: Task) {
        self.due[usize::from(task.code())].notify_one();
    }

    /// Waits until work of this task may be due, at most about a second; says whether it is.
    pub(super) async fn wait(&self, task: Task) -> bool {
        let next_due_ms = {
            let mut book = self.book();
            if book.has_due(task) {
                return true;
            }
            book.agenda(task).next_due_ms()
        };
        wait(&self.due[usize::from(task.code())], next_due_ms).await;
        self.book().has_due(task)
    }
}
