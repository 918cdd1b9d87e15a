//! Which events wait, until when, and who holds them: the lease book of a backend that lives in one process.
//!
//! Leasing an event only moves its due time behind the end of the lease, so an expired lease and a due
//! retry are the same thing, and a crashed worker needs no recovery of its own.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::sync::Notify;

/// Wall clock, because due times are stored and outlive the process.
pub(super) fn now_ms() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `from_ms` plus a duration.
pub(super) fn later(from_ms: i64, wait: Duration) -> i64 {
    from_ms.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// `from_ms` less a duration.
pub(super) fn earlier(from_ms: i64, wait: Duration) -> i64 {
    from_ms.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Waits for new work or for the next due time, whichever comes first.
pub(super) async fn wait(new_work: &Notify, next_due_ms: Option<i64>) {
    // The wall clock may be set back while we sleep; looking again now and then costs nothing.
    const LONGEST: Duration = Duration::from_secs(1);
    let until_due = next_due_ms.map(|due_ms| due_ms.saturating_sub(now_ms()).max(0));
    let sleep = until_due.map_or(LONGEST, |ms| Duration::from_millis(ms.unsigned_abs()));
    let _ = tokio::time::timeout(sleep.min(LONGEST), new_work.notified()).await;
}

#[derive(Debug, Default)]
pub(super) struct Agenda {
    by_due: BTreeSet<(i64, i64)>,
    entries: HashMap<i64, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    due_ms: i64,
    attempt: u32,
    is_held: bool,
}

impl Agenda {
    /// Lets an event wait until `due_ms`; `attempt` leases of it were made so far.
    pub(super) fn put(&mut self, id: i64, attempt: u32, due_ms: i64) {
        self.enter(
            id,
            Entry {
                due_ms,
                attempt,
                is_held: false,
            },
        );
    }

    fn enter(&mut self, id: i64, entry: Entry) {
        self.remove(id);
        self.by_due.insert((entry.due_ms, id));
        self.entries.insert(id, entry);
    }

    /// Leases up to `limit` due events, the longest due first: their ids and attempt numbers.
    pub(super) fn take(&mut self, limit: usize, now_ms: i64, hold: Duration) -> Vec<(i64, u32)> {
        let due = self
            .by_due
            .iter()
            .take_while(|(due_ms, _)| *due_ms <= now_ms)
            .take(limit);
        let ids: Vec<i64> = due.map(|(_, id)| *id).collect();
        let lease = |id| {
            let attempt = self.entries.get(&id).map_or(0, |entry| entry.attempt) + 1;
            self.enter(
                id,
                Entry {
                    due_ms: later(now_ms, hold),
                    attempt,
                    is_held: true,
                },
            );
            (id, attempt)
        };
        ids.into_iter().map(lease).collect()
    }

    /// Undoes a lease that no worker has seen.
    pub(super) fn give_back(&mut self, id: i64, attempt: u32) {
        self.put(id, attempt.saturating_sub(1), now_ms());
    }

    /// Whether this attempt still holds the event.
    pub(super) fn holds(&self, id: i64, attempt: u32) -> bool {
        self.entries
            .get(&id)
            .is_some_and(|entry| entry.is_held && entry.attempt == attempt)
    }

    /// Forgets an event that is done or dead.
    pub(super) fn remove(&mut self, id: i64) {
        if let Some(entry) = self.entries.remove(&id) {
            self.by_due.remove(&(entry.due_ms, id));
        }
    }

    /// Whether the event waits or is held.
    pub(super) fn contains(&self, id: i64) -> bool {
        self.entries.contains_key(&id)
    }

    /// When the next event falls due.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.by_due.first().map(|(due_ms, _)| *due_ms)
    }

    /// Events that wait or are held.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: Duration = Duration::from_millis(10);

    #[test]
    fn an_event_is_leased_once_until_its_lease_runs_out() {
        let mut agenda = Agenda::default();
        agenda.put(7, 0, 100);
        assert!(agenda.take(9, 99, HOLD).is_empty());
        assert_eq!(agenda.take(9, 100, HOLD), [(7, 1)]);
        assert!(agenda.take(9, 109, HOLD).is_empty());
        assert_eq!(agenda.take(9, 110, HOLD), [(7, 2)]);
        assert!(!agenda.holds(7, 1) && agenda.holds(7, 2));
    }

    #[test]
    fn the_longest_due_goes_first_and_the_limit_holds() {
        let mut agenda = Agenda::default();
        for (id, due_ms) in [(1, 30), (2, 10), (3, 20)] {
            agenda.put(id, 0, due_ms);
        }
        assert_eq!(agenda.next_due_ms(), Some(10));
        assert_eq!(agenda.take(2, 50, HOLD), [(2, 1), (3, 1)]);
        agenda.remove(2);
        assert_eq!((agenda.len(), agenda.next_due_ms()), (2, Some(30)));
    }
}
