//! The store for tests and trials: one mutex, nothing survives the process.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::Notify;

use super::agenda::{Agenda, earlier, later, now_ms, wait};
use super::digest::{Digest, digest};
use super::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, Effect, EffectRecord, LEASED_BYTES, Lease,
    PAGE_BYTES, PAGE_RECORDS, Pruned, Scope, Store, StoreError, Task,
};

/// Keeps events in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    events: Mutex<Events>,
    due: [Notify; Task::ALL.len()],
}

#[derive(Debug, Default)]
struct Events {
    ids: BTreeMap<IdempotencyKey, i64>,
    kept: BTreeMap<i64, Kept>,
    newest: i64,
    agendas: [Agenda; Task::ALL.len()],
    dead: BTreeMap<(i64, Task), (u32, String)>,
    forgotten: HashMap<Digest, i64>,
    closed: bool,
}

#[derive(Debug)]
struct Kept {
    key: IdempotencyKey,
    body: Bytes,
    received_ms: i64,
    effect: Option<Effect>,
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

    fn wake(&self, task: Task) {
        self.due[index(task)].notify_one();
    }

    fn answer<T: Send>(
        &self,
        ask: impl FnOnce(&mut Events) -> T + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(async move { Ok(ask(&mut *self.open()?)) })
    }
}

fn index(task: Task) -> usize {
    usize::from(task.code())
}

impl Events {
    fn accept(&mut self, key: IdempotencyKey, body: Bytes) -> Acceptance {
        if let Some(kept) = self.ids.get(&key).and_then(|id| self.kept.get(id)) {
            return Acceptance::Duplicate {
                altered: kept.body != body,
            };
        }
        if !self.forgotten.is_empty() && self.forgotten.contains_key(&digest(&key)) {
            return Acceptance::Duplicate { altered: false };
        }
        self.newest += 1;
        let received_ms = now_ms();
        self.ids.insert(key.clone(), self.newest);
        let kept = Kept {
            key,
            body,
            received_ms,
            effect: None,
        };
        self.kept.insert(self.newest, kept);
        self.agendas[index(Task::Handle)].put(self.newest, 0, received_ms);
        Acceptance::New
    }

    fn lease(&mut self, task: Task, limit: usize, hold: Duration) -> Vec<Lease> {
        let agenda = &mut self.agendas[index(task)];
        let mut leases = Vec::new();
        let mut bytes = 0;
        for (id, attempt) in agenda.take(limit, now_ms(), hold) {
            if bytes >= LEASED_BYTES {
                agenda.give_back(id, attempt);
                continue;
            }
            let Some(Kept { key, body, .. }) = self.kept.get(&id) else {
                continue;
            };
            bytes += body.len();
            leases.push(Lease {
                id,
                task,
                attempt,
                key: key.clone(),
                body: body.clone(),
            });
        }
        leases
    }

    fn conclude(&mut self, lease: &Lease, conclusion: Conclusion) -> bool {
        let agenda = &mut self.agendas[index(lease.task)];
        if !agenda.holds(lease.id, lease.attempt) {
            return false;
        }
        agenda.remove(lease.id);
        match conclusion {
            Conclusion::Done { effect, next } => {
                if let Some(kept) = self.kept.get_mut(&lease.id)
                    && effect.is_some()
                {
                    kept.effect = effect;
                }
                for task in next {
                    self.agendas[index(task)].put(lease.id, 0, now_ms());
                }
            }
            Conclusion::Retry { after } => {
                agenda.put(lease.id, lease.attempt, later(now_ms(), after));
            }
            Conclusion::Dead { reason } => {
                self.dead
                    .insert((lease.id, lease.task), (lease.attempt, reason));
            }
        }
        true
    }

    fn effects_after(&self, scope: &Scope, after: Option<IdempotencyKey>) -> Vec<EffectRecord> {
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
        for (key, id) in self.ids.range((start, end)) {
            let Some(Kept { body, effect, .. }) = self.kept.get(id) else {
                continue;
            };
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
        page
    }

    fn latest_calls(&self, limit: usize) -> Vec<String> {
        let mut calls: Vec<String> = Vec::new();
        for kept in self.kept.values().rev() {
            if calls.len() == limit {
                break;
            }
            if !calls.contains(&kept.key.call_id) {
                calls.push(kept.key.call_id.clone());
            }
        }
        calls
    }

    fn dead_letter(&self, id: i64, task: Task) -> Option<(DeadLetter, Bytes)> {
        let (attempts, reason) = self.dead.get(&(id, task))?.clone();
        let kept = self.kept.get(&id)?;
        let letter = DeadLetter {
            id,
            task,
            key: kept.key.clone(),
            attempts,
            reason,
        };
        Some((letter, kept.body.clone()))
    }

    fn revive(&mut self, id: i64, task: Task) -> bool {
        let found = self.dead.remove(&(id, task)).is_some();
        if found {
            self.agendas[index(task)].put(id, 0, now_ms());
        }
        found
    }

    fn prune(&mut self, keep: Duration, limit: usize) -> Pruned {
        let before_ms = earlier(now_ms(), keep);
        let is_waiting = |id: &i64| self.agendas[index(Task::Handle)].contains(*id);
        let old = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.received_ms < before_ms);
        let old: Vec<i64> = old
            .map(|(id, _)| *id)
            .filter(|id| !is_waiting(id))
            .take(limit)
            .collect();
        for id in &old {
            self.remove(*id);
        }
        let hashes = self.forgotten.len();
        self.forgotten
            .retain(|_, received_ms| *received_ms >= before_ms);
        Pruned {
            removed: old.len() + hashes - self.forgotten.len(),
            has_more: old.len() == limit,
        }
    }

    fn forget(&mut self, call_id: &str) -> u64 {
        let of_call = |kept: &&Kept| kept.key.call_id == call_id;
        let hashes = self.kept.values().filter(of_call);
        let hashes: Vec<_> = hashes
            .map(|kept| (digest(&kept.key), kept.received_ms, kept.key.clone()))
            .collect();
        for (hash, received_ms, key) in &hashes {
            self.forgotten.insert(*hash, *received_ms);
            if let Some(id) = self.ids.get(key).copied() {
                self.remove(id);
            }
        }
        hashes.len() as u64
    }

    fn remove(&mut self, id: i64) {
        if let Some(kept) = self.kept.remove(&id) {
            self.ids.remove(&kept.key);
        }
        self.dead.retain(|(event, _), _| *event != id);
        for agenda in &mut self.agendas {
            agenda.remove(id);
        }
    }

    fn depth(&self) -> Depth {
        let [pending, deliveries @ ..] = &self.agendas;
        let waiting = self
            .kept
            .iter()
            .filter(|(id, _)| pending.contains(**id))
            .map(|(_, kept)| kept.received_ms);
        Depth {
            pending: pending.len() as u64,
            deliveries: deliveries.iter().map(|agenda| agenda.len() as u64).sum(),
            dead: self.dead.len() as u64,
            oldest_ms: waiting.min(),
        }
    }
}

impl Store for MemoryStore {
    fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
        Box::pin(async move {
            let acceptance = self.open()?.accept(key, body);
            if acceptance == Acceptance::New {
                self.wake(Task::Handle);
            }
            Ok(acceptance)
        })
    }

    fn lease(&self, task: Task, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
        Box::pin(async move {
            loop {
                let (leases, next_due_ms) = {
                    let mut events = self.open()?;
                    let leases = events.lease(task, limit, hold);
                    (leases, events.agendas[index(task)].next_due_ms())
                };
                if !leases.is_empty() {
                    // One wake-up may stand for many events: pass it on.
                    self.wake(task);
                    return Ok(leases);
                }
                wait(&self.due[index(task)], next_due_ms).await;
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
            Task::ALL.into_iter().for_each(|task| self.wake(task));
            Ok(count)
        })
    }

    fn effects_after(
        &self,
        scope: Scope,
        after: Option<IdempotencyKey>,
    ) -> Answer<'_, Vec<EffectRecord>> {
        self.answer(move |events| events.effects_after(&scope, after))
    }

    fn latest_calls(&self, limit: usize) -> Answer<'_, Vec<String>> {
        self.answer(move |events| events.latest_calls(limit))
    }

    fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
        self.answer(move |events| {
            let letters = events.dead.keys().take(limit);
            letters
                .filter_map(|(id, task)| Some(events.dead_letter(*id, *task)?.0))
                .collect()
        })
    }

    fn dead_letter(&self, event: i64, task: Task) -> Answer<'_, Option<(DeadLetter, Bytes)>> {
        self.answer(move |events| events.dead_letter(event, task))
    }

    fn revive(&self, event: i64, task: Task) -> Answer<'_, bool> {
        Box::pin(async move {
            let found = self.open()?.revive(event, task);
            self.wake(task);
            Ok(found)
        })
    }

    fn prune(&self, keep: Duration, limit: usize) -> Answer<'_, Pruned> {
        self.answer(move |events| events.prune(keep, limit))
    }

    fn forget(&self, call_id: String) -> Answer<'_, u64> {
        self.answer(move |events| events.forget(&call_id))
    }

    fn depth(&self) -> Answer<'_, Depth> {
        self.answer(|events| events.depth())
    }

    fn check(&self) -> Answer<'_, ()> {
        self.answer(|_| ())
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // It ends with the process, and before that only where somebody closes it.
        Box::pin(std::future::pending())
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.open()?.closed = true;
            self.due.iter().for_each(Notify::notify_waiters);
            Ok(())
        })
    }
}
