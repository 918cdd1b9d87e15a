//! Accounts for effects by idempotency key, as multisets: lost, duplicated, unexpected.
//!
//! A bare count cannot tell "one lost and one doubled" from "all fine"; keys can.

use std::collections::BTreeMap;

use hamsa_schemas::IdempotencyKey;
use serde::{Deserialize, Serialize};

/// One thing a receiver did because of a delivery, as its probe reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// `callId` of the event.
    #[serde(deserialize_with = "as_text")]
    pub call_id: String,
    /// `eventType` of the event.
    #[serde(deserialize_with = "as_text")]
    pub event_type: String,
    /// `timestamp` of the event, as the receiver kept it; empty when it kept none.
    #[serde(default, deserialize_with = "as_text")]
    pub timestamp: String,
    /// What was done, where the receiver does several things per event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the receiver understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

/// A receiver that took an event without a proper key reports what it has. The record has to be
/// readable, because it is the finding: its key matches nothing that was allowed.
fn as_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    })
}

impl Effect {
    /// The key the effect belongs to.
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey {
            call_id: self.call_id.clone(),
            event_type: self.event_type.clone(),
            timestamp: self.timestamp.clone(),
        }
    }
}

/// What the deliveries of a key have to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Exactly one effect (of each kind).
    Once,
    /// None or one: the receiver may have taken it.
    AtMostOnce,
    /// None at all.
    Never,
    /// Any number; the key is only known not to be a surprise.
    Any,
}

/// The keys a trial has delivered, with what is expected of each.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    expected: BTreeMap<IdempotencyKey, Expected>,
}

/// The result of comparing a ledger with what a probe saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Keys that have to have an effect.
    pub expected: usize,
    /// Effects seen.
    pub seen: usize,
    /// Expected once, not there.
    pub lost: Vec<IdempotencyKey>,
    /// There more than once, with the number of times.
    pub duplicated: Vec<(IdempotencyKey, usize)>,
    /// There, and nothing that was delivered allows it.
    pub unexpected: Vec<IdempotencyKey>,
}

impl Account {
    /// True when nothing is lost, duplicated or unexpected.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.duplicated.is_empty() && self.unexpected.is_empty()
    }

    /// True when effects are missing, and what is there is right: more time may bring them.
    pub fn is_only_late(&self) -> bool {
        !self.lost.is_empty() && self.duplicated.is_empty() && self.unexpected.is_empty()
    }

    /// The first key that something is wrong with.
    pub fn first_offender(&self) -> Option<&IdempotencyKey> {
        self.duplicated
            .first()
            .map(|(key, _)| key)
            .or(self.lost.first())
            .or(self.unexpected.first())
    }

    /// The account in one line, naming at most three keys of each sort.
    pub fn describe(&self) -> String {
        let mut parts = vec![format!(
            "{} of {} expected effects",
            self.present(),
            self.expected
        )];
        if !self.lost.is_empty() {
            parts.push(format!(
                "{} lost ({})",
                self.lost.len(),
                some(self.lost.iter())
            ));
        }
        if !self.duplicated.is_empty() {
            let times = self
                .duplicated
                .iter()
                .map(|(key, times)| format!("{key} ×{times}"));
            parts.push(format!(
                "{} duplicated ({})",
                self.duplicated.len(),
                some(times)
            ));
        }
        if !self.unexpected.is_empty() {
            let keys = some(self.unexpected.iter());
            parts.push(format!("{} unexpected ({keys})", self.unexpected.len()));
        }
        parts.join(", ")
    }

    fn present(&self) -> usize {
        self.expected - self.lost.len()
    }
}

fn some<T: ToString>(items: impl ExactSizeIterator<Item = T>) -> String {
    let more = items.len().saturating_sub(3);
    let mut shown: Vec<String> = items.take(3).map(|item| item.to_string()).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

impl Ledger {
    /// Notes what is expected of a key; a later note replaces an earlier one.
    pub fn expect(&mut self, key: IdempotencyKey, expected: Expected) {
        self.expected.insert(key, expected);
    }

    /// True when no key was noted.
    pub fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    /// Number of keys that have to have an effect.
    pub fn expected_effects(&self) -> usize {
        self.expected
            .values()
            .filter(|expected| **expected == Expected::Once)
            .count()
    }

    /// Number of keys that may have an effect.
    pub fn allowed_effects(&self) -> Option<usize> {
        let allows_any = self
            .expected
            .values()
            .any(|expected| *expected == Expected::Any);
        (!allows_any).then(|| {
            self.expected
                .values()
                .filter(|e| **e != Expected::Never)
                .count()
        })
    }

    /// The distinct call ids of the ledger.
    pub fn call_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self
            .expected
            .keys()
            .map(|key| key.call_id.clone())
            .collect();
        ids.dedup();
        ids
    }

    /// Compares the ledger with the effects seen. Where a receiver reports several kinds per
    /// event, each kind of a key is counted on its own.
    pub fn account(&self, effects: &[Effect]) -> Account {
        let mut counts: BTreeMap<IdempotencyKey, BTreeMap<Option<&str>, usize>> = BTreeMap::new();
        for effect in effects {
            let kinds = counts.entry(effect.key()).or_default();
            *kinds.entry(effect.kind.as_deref()).or_default() += 1;
        }
        let mut account = Account {
            expected: self.expected_effects(),
            seen: effects.len(),
            ..Account::default()
        };
        for (key, expected) in &self.expected {
            let times = counts
                .remove(key)
                .and_then(|kinds| kinds.into_values().max())
                .unwrap_or_default();
            match (expected, times) {
                (Expected::Once, 0) => account.lost.push(key.clone()),
                (Expected::Never, 1..) => account.unexpected.push(key.clone()),
                (Expected::Once | Expected::AtMostOnce, 2..) => {
                    account.duplicated.push((key.clone(), times));
                }
                (Expected::Once, 1)
                | (Expected::AtMostOnce, 0..=1)
                | (Expected::Never, 0)
                | (Expected::Any, _) => {}
            }
        }
        account.unexpected.extend(counts.into_keys());
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> IdempotencyKey {
        IdempotencyKey {
            call_id: name.to_owned(),
            event_type: "call.ended".to_owned(),
            timestamp: "t".to_owned(),
        }
    }

    fn effect(name: &str, kind: Option<&str>) -> Effect {
        Effect {
            call_id: name.to_owned(),
            event_type: "call.ended".to_owned(),
            timestamp: "t".to_owned(),
            kind: kind.map(str::to_owned),
            data: None,
        }
    }

    #[test]
    fn one_lost_and_one_doubled_do_not_cancel_out() {
        let mut ledger = Ledger::default();
        ledger.expect(key("a"), Expected::Once);
        ledger.expect(key("b"), Expected::Once);
        let account = ledger.account(&[effect("b", None), effect("b", None)]);
        assert_eq!(account.lost, [key("a")]);
        assert_eq!(account.duplicated, [(key("b"), 2)]);
        assert!(!account.is_clean());
    }

    #[test]
    fn kinds_of_one_event_are_counted_apart() {
        let mut ledger = Ledger::default();
        ledger.expect(key("a"), Expected::Once);
        let two_kinds = [effect("a", Some("crm")), effect("a", Some("mail"))];
        assert!(ledger.account(&two_kinds).is_clean());
        let twice = [effect("a", Some("crm")), effect("a", Some("crm"))];
        assert_eq!(ledger.account(&twice).duplicated, [(key("a"), 2)]);
    }

    #[test]
    fn effects_that_nothing_allows_are_unexpected() {
        let mut ledger = Ledger::default();
        ledger.expect(key("refused"), Expected::Never);
        ledger.expect(key("maybe"), Expected::AtMostOnce);
        let seen = [
            effect("refused", None),
            effect("stranger", None),
            effect("maybe", None),
        ];
        assert_eq!(
            ledger.account(&seen).unexpected,
            [key("refused"), key("stranger")]
        );
    }
}
