//! The guide's analytics figures: a fold over the effects of ended calls.
//!
//! What was asked for and not obtained (null), what was not asked for (absent), and values are three different
//! answers; a value may be of any type. So each figure tells apart what it rests on.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::handler::kind;
use crate::store::EffectRecord;

/// Intents that are told apart; a free text must not take all memory.
const INTENTS: usize = 1_000;
/// Of an intent's text, in characters.
const INTENT_CHARS: usize = 100;

/// Figures over all calls that have ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    /// The guide's `total_calls`.
    pub(super) calls: u64,
    /// `calls_by_intent.*`.
    pub(super) intents: Intents,
    /// `average_duration`, in seconds.
    pub(super) duration: Average,
    /// `resolved_calls`.
    pub(super) resolved: Resolved,
    /// Of `sentiment_score`, from -1 to 1.
    pub(super) sentiment: Average,
    last_call: Option<String>,
}

/// How often a member had no value that a figure could use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Without {
    /// Given as null.
    pub(super) null: u64,
    /// Not given.
    pub(super) absent: u64,
    /// Given, but as something else.
    pub(super) other: u64,
}

/// Calls by what the caller wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Intents {
    pub(super) by_name: BTreeMap<String, u64>,
    /// Of names beyond those that are told apart.
    pub(super) further: u64,
    pub(super) without: Without,
}

/// The mean of the numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Average {
    pub(super) numbers: u64,
    mean: f64,
    pub(super) without: Without,
}

/// Whether what the caller wanted was settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) yes: u64,
    pub(super) no: u64,
    pub(super) without: Without,
}

impl Figures {
    /// Adds a page of effects; the pages come in key order. Of several effects `call_ended` of a call the first
    /// counts, as in the call's record.
    pub(super) fn add(&mut self, page: &[EffectRecord]) {
        for effect in page.iter().filter(|e| e.kind == kind::CALL_ENDED) {
            let call_id = &effect.key.call_id;
            if self.last_call.as_ref() == Some(call_id) {
                continue;
            }
            self.last_call = Some(call_id.clone());
            self.add_call(&effect.data);
        }
    }

    fn add_call(&mut self, ended: &Value) {
        let outcome = |name: &str| ended.get("outcome").and_then(|outcome| outcome.get(name));
        self.calls += 1;
        self.intents.add(outcome("intent"));
        self.duration.add(ended.get("durationSeconds"));
        self.resolved.add(outcome("resolved"));
        self.sentiment.add(outcome("sentiment_score"));
    }
}

impl Without {
    fn add(&mut self, value: Option<&Value>) {
        *match value {
            None => &mut self.absent,
            Some(Value::Null) => &mut self.null,
            Some(_) => &mut self.other,
        } += 1;
    }
}

impl Intents {
    fn add(&mut self, value: Option<&Value>) {
        let Some(name) = value.and_then(Value::as_str) else {
            return self.without.add(value);
        };
        let name: String = name.chars().take(INTENT_CHARS).collect();
        if let Some(count) = self.by_name.get_mut(&name) {
            *count += 1;
        } else if self.by_name.len() < INTENTS {
            self.by_name.insert(name, 1);
        } else {
            self.further += 1;
        }
    }
}

impl Average {
    fn add(&mut self, value: Option<&Value>) {
        let Some(number) = value.and_then(Value::as_f64) else {
            return self.without.add(value);
        };
        self.numbers += 1;
        // Of huge numbers the sum would be infinite; the mean is not.
        let n = self.numbers as f64;
        self.mean += number / n - self.mean / n;
    }

    /// The mean, where there is any number.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.numbers > 0).then_some(self.mean)
    }
}

impl Resolved {
    fn add(&mut self, value: Option<&Value>) {
        match value.and_then(Value::as_bool) {
            Some(true) => self.yes += 1,
            Some(false) => self.no += 1,
            None => self.without.add(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use hamsa_schemas::IdempotencyKey;
    use serde_json::json;

    use super::*;

    fn ended(call_id: &str, timestamp: &str, data: Value) -> EffectRecord {
        let event = json!({"eventType": "call.ended", "callId": call_id, "timestamp": timestamp});
        EffectRecord {
            key: IdempotencyKey::of(&event).unwrap(),
            kind: kind::CALL_ENDED.to_owned(),
            data,
        }
    }

    fn of(outcomes: &[Value]) -> Figures {
        let mut figures = Figures::default();
        for (n, outcome) in outcomes.iter().enumerate() {
            figures.add(&[ended(&n.to_string(), "t", json!({"outcome": outcome}))]);
        }
        figures
    }

    #[test]
    fn null_absent_false_zero_and_other_types_are_kept_apart() {
        let figures = of(&[
            json!({"intent": "buy", "resolved": true, "sentiment_score": 0}),
            json!({"intent": "buy", "resolved": false, "sentiment_score": -0.5}),
            json!({"intent": "", "resolved": null, "sentiment_score": null}),
            json!({"intent": null}),
            json!({"intent": ["buy"], "resolved": "yes", "sentiment_score": "0.8"}),
            Value::Null,
            json!("not an object"),
        ]);
        let without = |null, absent, other| Without {
            null,
            absent,
            other,
        };
        assert_eq!(figures.calls, 7);
        let intents = [("".to_owned(), 1), ("buy".to_owned(), 2)];
        assert_eq!(figures.intents.by_name, BTreeMap::from(intents));
        assert_eq!(figures.intents.without, without(1, 2, 1));
        assert_eq!((figures.resolved.yes, figures.resolved.no), (1, 1));
        assert_eq!(figures.resolved.without, without(1, 3, 1));
        assert_eq!(figures.sentiment.mean(), Some(-0.25));
        assert_eq!(figures.sentiment.without, without(1, 3, 1));
        assert_eq!(figures.duration.mean(), None);
        assert_eq!(figures.duration.without, without(0, 7, 0));
    }

    #[test]
    fn the_first_end_of_a_call_counts_across_pages() {
        let mut figures = Figures::default();
        let long = |seconds: f64| json!({"durationSeconds": seconds});
        figures.add(&[ended("a", "1", long(10.0)), ended("a", "2", long(99.0))]);
        let mut started = ended("b", "1", long(99.0));
        started.kind = kind::CALL_STARTED.to_owned();
        figures.add(&[
            ended("a", "3", long(99.0)),
            started,
            ended("b", "1", long(20.0)),
        ]);
        assert_eq!(figures.calls, 2);
        assert_eq!(figures.duration.mean(), Some(15.0));
    }

    #[test]
    fn hostile_numbers_and_texts_are_bounded() {
        let figures = of(&[
            json!({"sentiment_score": f64::MAX}),
            json!({"sentiment_score": f64::MAX}),
        ]);
        assert_eq!(figures.sentiment.mean(), Some(f64::MAX));
        let many: Vec<Value> = (0..INTENTS + 5)
            .map(|n| json!({"intent": format!("{n:04}{}", "x".repeat(500))}))
            .collect();
        let Intents {
            by_name, further, ..
        } = of(&many).intents;
        assert_eq!((by_name.len(), further), (INTENTS, 5));
        assert!(by_name.keys().all(|name| name.len() == INTENT_CHARS));
    }
}
