//! What a sender knows of its deliveries, in Jepsen's words: acked, refused, unknown.
//!
//! A process that is killed leaves deliveries that nobody knows the end of. What has to be true of
//! each key after recovery follows from the best that was heard about it.

use std::collections::BTreeMap;

use hamsa_schemas::IdempotencyKey;

use crate::ledger::{Effect, Expected};
use crate::sender::Attempt;

/// What became of a delivery, as far as its sender knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was turned down with a 4xx, or no connection was made: it has no effect.
    Refused,
    /// It may have been taken: it was sent, and no answer came, or one that leaves it open.
    Unknown,
    /// It was answered 2xx: it has exactly one effect.
    Acked,
}

impl Fate {
    /// What one attempt says.
    pub fn of(attempt: &Attempt) -> Self {
        match attempt.status() {
            Some(200..=299) => Self::Acked,
            Some(400..=499) => Self::Refused,
            None if attempt.never_connected() => Self::Refused,
            Some(_) | None => Self::Unknown,
        }
    }

    /// What that means for the key's effects after recovery.
    pub fn expected(self) -> Expected {
        match self {
            Self::Refused => Expected::Never,
            Self::Unknown => Expected::AtMostOnce,
            Self::Acked => Expected::Once,
        }
    }
}

/// The fates of many deliveries.
#[derive(Debug, Clone, Default)]
pub struct History {
    fates: BTreeMap<IdempotencyKey, Fate>,
}

impl History {
    /// Notes what an attempt for this key brought. The weightiest fate of all its attempts counts:
    /// once acknowledged, a later refusal takes nothing back.
    pub fn note(&mut self, key: &IdempotencyKey, fate: Fate) {
        let known = self.fates.entry(key.clone()).or_insert(fate);
        *known = fate.max(*known);
    }

    /// Adds what another history knows.
    pub fn absorb(&mut self, other: &Self) {
        for (key, fate) in other.fates() {
            self.note(key, fate);
        }
    }

    /// What became of this key.
    pub fn fate(&self, key: &IdempotencyKey) -> Option<Fate> {
        self.fates.get(key).copied()
    }

    /// Every key with its fate.
    pub fn fates(&self) -> impl Iterator<Item = (&IdempotencyKey, Fate)> {
        self.fates.iter().map(|(key, fate)| (key, *fate))
    }

    /// How many deliveries had this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.fates.values().filter(|own| **own == fate).count()
    }

    /// How many deliveries of unknown fate turned out to have been taken.
    pub fn recovered(&self, effects: &[Effect]) -> usize {
        let has_effect = |key: &IdempotencyKey| effects.iter().any(|effect| effect.key() == *key);
        self.fates()
            .filter(|(key, fate)| *fate == Fate::Unknown && has_effect(key))
            .count()
    }

    /// The counts in one line.
    pub fn describe(&self) -> String {
        format!(
            "{} acked, {} refused, {} unknown",
            self.count(Fate::Acked),
            self.count(Fate::Refused),
            self.count(Fate::Unknown)
        )
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

    fn effect(name: &str) -> Effect {
        Effect {
            call_id: name.to_owned(),
            event_type: "call.ended".to_owned(),
            timestamp: "t".to_owned(),
            kind: None,
            data: None,
        }
    }

    #[test]
    fn the_weightiest_attempt_decides() {
        for (first, second, counts) in [
            (Fate::Unknown, Fate::Refused, Fate::Unknown),
            (Fate::Acked, Fate::Unknown, Fate::Acked),
            (Fate::Refused, Fate::Acked, Fate::Acked),
        ] {
            let mut history = History::default();
            history.note(&key("a"), first);
            history.note(&key("a"), second);
            assert_eq!(history.fate(&key("a")), Some(counts));
        }
    }

    #[test]
    fn each_fate_has_its_rule() {
        assert_eq!(Fate::Acked.expected(), Expected::Once);
        assert_eq!(Fate::Unknown.expected(), Expected::AtMostOnce);
        assert_eq!(Fate::Refused.expected(), Expected::Never);
    }

    #[test]
    fn only_unknown_deliveries_are_recovered() {
        let mut history = History::default();
        for (name, fate) in [
            ("a", Fate::Acked),
            ("b", Fate::Unknown),
            ("c", Fate::Unknown),
        ] {
            history.note(&key(name), fate);
        }
        assert_eq!(history.recovered(&[effect("a"), effect("b")]), 1);
        assert_eq!(history.describe(), "1 acked, 0 refused, 2 unknown");
    }
}
