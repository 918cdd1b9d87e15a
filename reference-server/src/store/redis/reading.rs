//! The queries. Nothing here is a script: what is read in several steps may miss what goes meanwhile, and holds up nobody.

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use redis::pipe;

use super::database::Database;
use super::sortable;
use crate::store::{
    DeadLetter, Depth, EffectRecord, PAGE_BYTES, PAGE_RECORDS, Scope, StoreError, Task,
};

/// Events whose call is asked for at a time.
const STRIDE: usize = 256;
/// The latest events are few calls' or many's; so many are looked at per wanted call.
const EVENTS_PER_CALL: usize = 64;
/// Held and retried events among which the oldest is looked for.
const DEFERRED: usize = 1_000;

impl Database {
    /// A page of effects, those behind the key `after`. Events without effect are passed over, page by page.
    pub(super) async fn effects(
        &self,
        scope: &Scope,
        after: Option<IdempotencyKey>,
    ) -> Result<Vec<EffectRecord>, StoreError> {
        let mut after = after;
        loop {
            let mut keys = self.keys(scope, after.as_ref(), PAGE_RECORDS).await?;
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            keys.truncate(self.fitting(&keys).await?);
            after = keys.last().cloned();
            let page = self.effects_of(keys).await?;
            if !page.is_empty() {
                return Ok(page);
            }
        }
    }

    /// How many of these events' effects fit a page.
    async fn fitting(&self, keys: &[IdempotencyKey]) -> Result<usize, StoreError> {
        let mut lengths = pipe();
        for key in keys {
            lengths
                .cmd("HSTRLEN")
                .arg(self.names.event(key))
                .arg("data");
        }
        let lengths: Vec<usize> = self.back.send(&lengths).await?;
        let mut bytes = 0;
        let last = lengths.iter().position(|length| {
            bytes += length;
            bytes >= PAGE_BYTES
        });
        Ok(last.map_or(keys.len(), |last| last + 1))
    }

    /// The next keys in scope, in byte order.
    pub(super) async fn keys(
        &self,
        scope: &Scope,
        after: Option<&IdempotencyKey>,
        limit: usize,
    ) -> Result<Vec<IdempotencyKey>, StoreError> {
        let (start, end) = sortable::bounds(scope, after);
        let mut range = pipe();
        range
            .cmd("ZRANGEBYLEX")
            .arg(self.names.keys())
            .arg(start)
            .arg(end)
            .arg(("LIMIT", 0, limit));
        let (found,): (Vec<Vec<u8>>,) = self.back.send(&range).await?;
        Ok(found
            .iter()
            .filter_map(|key| sortable::decode(key))
            .collect())
    }

    async fn effects_of(&self, keys: Vec<IdempotencyKey>) -> Result<Vec<EffectRecord>, StoreError> {
        let mut effects = pipe();
        for key in &keys {
            effects.hmget(self.names.event(key), &["kind", "data"]);
        }
        let effects: Vec<(Option<String>, Option<String>)> = self.back.send(&effects).await?;
        let records = keys.into_iter().zip(effects).filter_map(|(key, effect)| {
            let (kind, data) = (effect.0?, effect.1?);
            Some(EffectRecord {
                key,
                kind,
                // Only conclusions fill this field, from a JSON value.
                data: serde_json::from_str(&data).unwrap_or_default(),
            })
        });
        Ok(records.collect())
    }

    pub(super) async fn latest_calls(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let mut calls: Vec<String> = Vec::new();
        let mut seen = 0;
        while calls.len() < limit && seen < limit.saturating_mul(EVENTS_PER_CALL) {
            let mut latest = pipe();
            latest.zrevrange(
                self.names.received(),
                seen as isize,
                (seen + STRIDE - 1) as isize,
            );
            let (entries,): (Vec<String>,) = self.back.send(&latest).await?;
            if entries.is_empty() {
                break;
            }
            seen += entries.len();
            let mut keys = pipe();
            for entry in &entries {
                keys.hget(self.names.event_in(entry), "key");
            }
            let keys: Vec<Option<Vec<u8>>> = self.back.send(&keys).await?;
            for key in keys
                .iter()
                .flatten()
                .filter_map(|key| sortable::decode(key))
            {
                if calls.len() < limit && !calls.contains(&key.call_id) {
                    calls.push(key.call_id);
                }
            }
        }
        Ok(calls)
    }

    pub(super) async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut first = pipe();
        first.zrange_withscores(self.names.dead(), 0, limit as isize - 1);
        let (found,): (Vec<(String, i64)>,) = self.back.send(&first).await?;
        let letters = self.letters(found, false).await?;
        Ok(letters.into_iter().map(|(letter, _)| letter).collect())
    }

    pub(super) async fn dead_letter(
        &self,
        id: i64,
        task: Task,
    ) -> Result<Option<(DeadLetter, Bytes)>, StoreError> {
        let mut of_event = pipe();
        of_event.zrangebyscore_withscores(self.names.dead(), id, id);
        let (mut found,): (Vec<(String, i64)>,) = self.back.send(&of_event).await?;
        found.retain(|(letter, _)| task_in(letter) == Some(task));
        Ok(self.letters(found, true).await?.pop())
    }

    /// What the members of `dead` and their scores stand for, with the bodies of their events where wanted.
    async fn letters(
        &self,
        found: Vec<(String, i64)>,
        with_body: bool,
    ) -> Result<Vec<(DeadLetter, Bytes)>, StoreError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        type Fields = (
            Option<Vec<u8>>,
            Option<u32>,
            Option<String>,
            Option<Vec<u8>>,
        );
        let mut events = pipe();
        for (letter, _) in &found {
            let code = letter.split(':').next().unwrap_or_default();
            let (tried, reason) = (format!("tried:{code}"), format!("reason:{code}"));
            let body = if with_body { "body" } else { "" };
            let fields = ["key", &tried, &reason, body];
            events.hmget(self.names.event_in(letter), &fields);
        }
        let events: Vec<Fields> = self.back.send(&events).await?;
        let letters = found.into_iter().zip(events);
        let letters = letters.filter_map(|((letter, id), (key, attempts, reason, body))| {
            let letter = DeadLetter {
                id,
                task: task_in(&letter)?,
                key: sortable::decode(&key?)?,
                attempts: attempts?,
                reason: reason?,
            };
            Some((letter, Bytes::from(body.unwrap_or_default())))
        });
        Ok(letters.collect())
    }

    pub(super) async fn depth(&self) -> Result<Depth, StoreError> {
        let mut depth = self.scripts.depth.prepare_invoke();
        depth
            .key(self.names.queues())
            .key(self.names.dead())
            .key(self.names.events())
            .arg(DEFERRED);
        let (pending, deliveries, dead, oldest_ms) = self.back.run(&depth).await?;
        Ok(Depth {
            pending,
            deliveries,
            dead,
            oldest_ms,
        })
    }
}

/// `None` for a task of another version of the receiver.
fn task_in(letter: &str) -> Option<Task> {
    Task::of_code(letter.split(':').next()?.parse().ok()?)
}
