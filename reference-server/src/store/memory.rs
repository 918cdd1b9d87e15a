//! The store for tests and trials: one mutex, nothing survives the process.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::Notify;

use super::agenda::{Agenda, later, now_ms, wait};
use super::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, Effect, EffectRecord, Lease, PAGE_BYTES,
    PAGE_RECORDS, Scope, Store, StoreError,
};

/// Keeps events in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    events: Mutex<Events>,
    due: Notify,
}

#[derive(Debug, Default)]
struct Events {
    ids: BTreeMap<IdempotencyKey, usize>,
    kept: Vec<Kept>,
    agenda: Agenda,
    closed: bool,
}

#[derive(Debug)]
struct Kept {
    key: IdempotencyKey,
    body: Bytes,
    effect: Option<Effect>,
    death: Option<(u32, String)>,
}

impl MemoryStore {
    fn open(&self) -> Result<MutexGuard<'_, Events>, StoreError> {
        // Every change below is complete before anything could panic, so a poisoned lock guards sound data.
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.closed {
            Err(StoreError::Closed)
        } else {
            Ok(events)
        }
    }
}

impl Events {
    fn accept(&mut self, key: IdempotencyKey, body: Bytes) -> Acceptance {
        if let Some(&known) = self.ids.get(&key) {
            return Acceptance::Duplicate {
                altered: self.kept[known].body != body,
            };
        }
        let id = self.kept.len();
        self.ids.insert(key.clone(), id);
        self.kept.push(Kept {
            key,
            body,
            effect: None,
            death: None,
        });
        self.agenda.put(id as i64, 0, now_ms());
        Acceptance::New
    }

    fn lease(&mut self, limit: usize, hold: Duration) -> Vec<Lease> {
        let taken = self.agenda.take(limit, now_ms(), hold);
        let lease = |(id, attempt)| {
            let Kept { key, body, .. } = &self.kept[id as usize];
            Lease {
                id,
                attempt,
                key: key.clone(),
                body: body.clone(),
            }
        };
        taken.into_iter().map(lease).collect()
    }

    fn conclude(&mut self, lease: &Lease, conclusion: Conclusion) -> bool {
        if !self.agenda.holds(lease.id, lease.attempt) {
            return false;
        }
        self.agenda.remove(lease.id);
        let kept = &mut self.kept[lease.id as usize];
        match conclusion {
            Conclusion::Done(effect) => kept.effect = effect,
            Conclusion::Retry { after } => {
                self.agenda
                    .put(lease.id, lease.attempt, later(now_ms(), after));
            }
            Conclusion::Dead { reason } => kept.death = Some((lease.attempt, reason)),
        }
        true
    }
}

impl Store for MemoryStore {
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
        Box::pin(async move {
            let acceptance = self.open()?.accept(key, body);
            if acceptance == Acceptance::New {
                self.due.notify_one();
            }
            Ok(acceptance)
        })
    }

    fn lease(&self, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
        Box::pin(async move {
            loop {
                let (leases, next_due_ms) = {
                    let mut events = self.open()?;
                    (events.lease(limit, hold), events.agenda.next_due_ms())
                };
                if !leases.is_empty() {
                    if leases.len() == limit {
                        // One wake-up may stand for many events: pass it on.
                        self.due.notify_one();
                    }
                    return Ok(leases);
                }
                wait(&self.due, next_due_ms).await;
            }
        })
    }

    fn conclude(&self, leases: Vec<(Lease, Conclusion)>) -> Answer<'_, usize> {
        Box::pin(async move {
            let mut events = self.open()?;
            let applied = |(lease, conclusion)| events.conclude(&lease, conclusion);
            let count = leases
                .into_iter()
                .map(applied)
                .filter(|applied| *applied)
                .count();
            self.due.notify_one();
            Ok(count)
        })
    }

    fn effects_after(
        &self,
        scope: Scope,
        after: Option<IdempotencyKey>,
    ) -> Answer<'_, Vec<EffectRecord>> {
        Box::pin(async move {
            let events = self.open()?;
            let (start, end) = scope.range();
            let first = |call_id| IdempotencyKey {
                call_id,
                event_type: String::new(),
                timestamp: String::new(),
            };
            let start = after.map_or(Bound::Included(first(start)), Bound::Excluded);
            let end = end.map_or(Bound::Unbounded, |end| Bound::Excluded(first(end)));
            let mut page = Vec::new();
            let mut bytes = 0;
            for (key, &id) in events.ids.range((start, end)) {
                let Kept { body, effect, .. } = &events.kept[id];
                let Some(Effect { kind, data }) = effect.clone() else {
                    continue;
                };
                page.push(EffectRecord {
                    key: key.clone(),
                    kind: kind.to_owned(),
                    data,
                });
                // About as much as the event that it was made of.
                bytes += body.len();
                if page.len() == PAGE_RECORDS || bytes >= PAGE_BYTES {
                    break;
                }
            }
            Ok(page)
        })
    }

    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
        Box::pin(async move {
            let events = self.open()?;
            let letter = |kept: &Kept| {
                let (attempts, reason) = kept.death.clone()?;
                Some(DeadLetter {
                    key: kept.key.clone(),
                    attempts,
                    reason,
                })
            };
            Ok(events.kept.iter().filter_map(letter).take(limit).collect())
        })
    }

    fn depth(&self) -> Answer<'_, Depth> {
        Box::pin(async move {
            let events = self.open()?;
            let dead = events
                .kept
                .iter()
                .filter(|kept| kept.death.is_some())
                .count() as u64;
            Ok(Depth {
                pending: events.agenda.len() as u64,
                dead,
            })
        })
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(async move { self.open().map(drop) })
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // It ends with the process, and before that only where somebody closes it.
        Box::pin(std::future::pending())
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.open()?.closed = true;
            self.due.notify_waiters();
            Ok(())
        })
    }
}
