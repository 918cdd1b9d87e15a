//! Idempotency: which events have been taken already.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use super::{Session, event::Event, scan};
use crate::behaviour::{Claim, Key};

/// Three texts that are never joined: a separator may occur in each of them.
pub(super) type EventKey = [String; 3];

/// The key of an event that came as `body`.
pub(super) fn key_of(rule: Key, event: &Event, body: &[u8]) -> EventKey {
    let Event {
        call_id,
        event_type,
        timestamp,
        ..
    } = event;
    let triple = || [call_id.clone(), event_type.clone(), timestamp.clone()];
    let some = |parts: [&str; 2]| [parts[0].to_owned(), parts[1].to_owned(), String::new()];
    match rule {
        Key::Triple => triple(),
        Key::CallId => some([call_id, ""]),
        Key::CallIdType => some([call_id, event_type]),
        Key::CallIdTimestamp => some([call_id, timestamp]),
        Key::TypeTimestamp => some([event_type, timestamp]),
        Key::TimelessFor(one) if event_type == one => some([call_id, event_type]),
        Key::TimelessFor(_) => triple(),
        Key::BodyBytes => some([&String::from_utf8_lossy(body), ""]),
        Key::ParsedBody => some([&rewritten(body), ""]),
        Key::RawText => {
            let whole = || some([&String::from_utf8_lossy(body), ""]);
            scan::identity(body).unwrap_or_else(whole)
        }
        Key::ToTheSecond => {
            let second = timestamp.split('.').next().unwrap_or_default();
            [call_id.clone(), event_type.clone(), second.to_owned()]
        }
        Key::NoCase => triple().map(|part| part.to_lowercase()),
        Key::Trimmed => triple().map(|part| part.trim().to_owned()),
        Key::Joined => some([&triple().join(":"), ""]),
        Key::WithAgentName => {
            let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
            let mut key = triple();
            key[0].push_str(&value["agentName"].to_string());
            key
        }
        Key::ToNul => triple().map(|part| scan::to_nul(&part).to_owned()),
        Key::First255 => triple().map(|part| part.chars().take(255).collect()),
    }
}

/// The body without what parsing does not keep: white space and escapes.
fn rewritten(body: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    value.to_string()
}

/// What a claim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// The event is new.
    Fresh,
    /// It has been taken before.
    Known,
    /// A copy of it is being worked on.
    Busy,
}

/// The keys taken so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    since: HashMap<EventKey, Instant>,
    calls: HashSet<String>,
    order: VecDeque<EventKey>,
    repeats: HashMap<EventKey, u32>,
    blocked: HashSet<EventKey>,
    is_for_first: bool,
}

impl Keys {
    /// Claims the key for one delivery.
    pub(super) async fn claim(
        self: &Arc<Self>,
        rule: Claim,
        key: &EventKey,
        event: &Event,
        session: &mut Session,
    ) -> Claimed {
        self.lock().calls.insert(event.call_id.clone());
        if self.lock().blocked.contains(key) {
            return Claimed::Busy;
        }
        match rule {
            Claim::Atomic => self.enter(key),
            Claim::Never => Claimed::Fresh,
            Claim::NotFor(one) if event.event_type == one => Claimed::Fresh,
            Claim::NotFor(_) => self.enter(key),
            Claim::CheckThenSleep(ms) => {
                if self.holds(key) {
                    return Claimed::Known;
                }
                sleep(Duration::from_millis(ms)).await;
                self.enter(key);
                Claimed::Fresh
            }
            Claim::CheckThenYield => {
                if self.holds(key) {
                    return Claimed::Known;
                }
                for _ in 0..4 {
                    yield_now().await;
                }
                self.enter(key);
                Claimed::Fresh
            }
            Claim::Late(ms) => {
                if self.holds(key) {
                    return Claimed::Known;
                }
                let (keys, key) = (Arc::clone(self), key.clone());
                tokio::spawn(async move {
                    sleep(Duration::from_millis(ms)).await;
                    keys.enter(&key);
                });
                Claimed::Fresh
            }
            Claim::PerConnection if session.keys.insert(key.clone()) => Claimed::Fresh,
            Claim::PerConnection => Claimed::Known,
            Claim::PerReplica => {
                let mut own = key.clone();
                own[0].push_str(if self.is_for_first_replica() {
                    "/0"
                } else {
                    "/1"
                });
                self.enter(&own)
            }
            Claim::PerUrl => {
                let mut own = key.clone();
                own[0].push_str(&format!("/{}", session.url));
                self.enter(&own)
            }
            Claim::Toggled => {
                let claimed = self.enter(key);
                if claimed == Claimed::Known {
                    self.release(key);
                }
                claimed
            }
            Claim::Last(count) => {
                let claimed = self.enter(key);
                self.forget_all_but(count);
                claimed
            }
            Claim::ExpiresAfter(ms) => {
                if self.holds(key) && self.age(key) >= Duration::from_millis(ms) {
                    self.release(key);
                }
                self.enter(key)
            }
            Claim::LockedFor(ms) => {
                let lock = Duration::from_millis(ms);
                let claimed = self.enter(key);
                if claimed == Claimed::Known && self.age(key) < lock {
                    return Claimed::Busy;
                }
                if claimed == Claimed::Fresh {
                    sleep(lock).await;
                }
                claimed
            }
        }
    }

    /// Looks up and enters in one step.
    pub(super) fn enter(&self, key: &EventKey) -> Claimed {
        let mut taken = self.lock();
        if taken.since.contains_key(key) {
            *taken.repeats.entry(key.clone()).or_default() += 1;
            return Claimed::Known;
        }
        taken.since.insert(key.clone(), Instant::now());
        taken.order.push_back(key.clone());
        Claimed::Fresh
    }

    pub(super) fn holds(&self, key: &EventKey) -> bool {
        self.lock().since.contains_key(key)
    }

    pub(super) fn holds_call(&self, call_id: &str) -> bool {
        self.lock().calls.contains(call_id)
    }

    pub(super) fn release(&self, key: &EventKey) {
        self.lock().since.remove(key);
    }

    /// Lets no copy of the event through any more.
    pub(super) fn block(&self, key: &EventKey) {
        self.lock().blocked.insert(key.clone());
    }

    /// How often a known key has come again.
    pub(super) fn repeats(&self, key: &EventKey) -> u32 {
        self.lock().repeats.get(key).copied().unwrap_or_default()
    }

    /// Deliveries go to two replicas in turn.
    fn is_for_first_replica(&self) -> bool {
        let mut taken = self.lock();
        taken.is_for_first = !taken.is_for_first;
        taken.is_for_first
    }

    fn age(&self, key: &EventKey) -> Duration {
        self.lock()
            .since
            .get(key)
            .map_or(Duration::MAX, Instant::elapsed)
    }

    fn forget_all_but(&self, count: usize) {
        let mut taken = self.lock();
        while taken.order.len() > count {
            if let Some(oldest) = taken.order.pop_front() {
                taken.since.remove(&oldest);
            }
        }
    }

    /// No invariant spans two of the fields, so a panic elsewhere cannot have broken one.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
