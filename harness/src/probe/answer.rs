//! The forms in which effects may be answered: NDJSON, an array, an object with `effects`, or a
//! bare count.

use std::time::Duration;

use serde::Deserialize as _;
use serde_json::Value;

use super::spec::ProbeError;
use crate::ledger::Effect;

/// Characters of an unreadable answer, and of the reason, that are worth showing.
const EXCERPT: usize = 120;

/// How much of a probe's time and memory one reading may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// For one question, from asking to the last byte.
    pub(super) time: Duration,
    /// For all answers of a reading together, in MiB.
    pub(super) mebibytes: usize,
}

impl Limits {
    /// Far more than a receiver has to say, and little enough for a machine in CI.
    pub(super) const USUAL: Self = Self {
        time: Duration::from_secs(10),
        mebibytes: 64,
    };

    pub(super) const fn bytes(&self) -> usize {
        self.mebibytes << 20
    }

    pub(super) fn exceeded(&self) -> ProbeError {
        ProbeError::Garbage(format!("it has more than {} MiB", self.mebibytes))
    }
}

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Effects with their keys.
    Records(Vec<Effect>),
    /// Only how many.
    Count(u64),
}

impl Reading {
    /// Reads an answer, at a JSON pointer if one was given.
    ///
    /// # Errors
    /// When it has none of the readable forms.
    pub fn parse(text: &str, pointer: Option<&str>) -> Result<Self, ProbeError> {
        let trimmed = text.trim();
        let document: Option<Value> = serde_json::from_str(trimmed).ok();
        if let Some(pointer) = pointer {
            let found = document.as_ref().and_then(|value| value.pointer(pointer));
            return match found {
                Some(value) => Self::of_value(value),
                None => Err(garbage(&format!("nothing at `{pointer}`"), trimmed)),
            };
        }
        match document {
            Some(value) => Self::of_value(&value),
            None if trimmed.is_empty() => Ok(Self::Records(Vec::new())),
            None => trimmed
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| {
                    serde_json::from_str(line)
                        .map_err(|error| garbage(&error.to_string(), line))
                        .and_then(|value| record(&value))
                })
                .collect::<Result<_, _>>()
                .map(Self::Records),
        }
    }

    fn of_value(value: &Value) -> Result<Self, ProbeError> {
        let list = match value {
            Value::Number(number) => {
                return number
                    .as_u64()
                    .map(Self::Count)
                    .ok_or_else(|| garbage("a count is a whole number", &number.to_string()));
            }
            Value::Array(items) => items,
            Value::Object(members) => match members.get("effects") {
                Some(Value::Array(items)) => items,
                // One NDJSON line is also a document.
                _ if members.contains_key("callId") => std::slice::from_ref(value),
                _ => return Err(garbage("an object without `effects`", &value.to_string())),
            },
            other => return Err(garbage("neither records nor a count", &other.to_string())),
        };
        list.iter()
            .map(record)
            .collect::<Result<_, _>>()
            .map(Self::Records)
    }

    /// True when the later reading counts fewer effects. Records may be rewritten, a count may not.
    pub(super) fn shrank_to(&self, later: &Self) -> bool {
        matches!((self, later), (Self::Count(before), Self::Count(now)) if now < before)
    }

    /// True when both show the same effects, in whatever order they were reported.
    pub(super) fn shows_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Records(one), Self::Records(two)) => {
                one == two || (one.len() == two.len() && in_order(one) == in_order(two))
            }
            _ => self == other,
        }
    }
}

fn in_order(effects: &[Effect]) -> Vec<&Effect> {
    let mut ordered: Vec<&Effect> = effects.iter().collect();
    ordered.sort_by_cached_key(|effect| serde_json::to_string(effect).unwrap_or_default());
    ordered
}

/// Reads one record, with wrong types in its key: that a receiver took such an event is a finding.
pub(super) fn record(item: &Value) -> Result<Effect, ProbeError> {
    let read = match item {
        // Many languages leave out members without a value, so an event that was taken without
        // its eventType is reported without one.
        Value::Object(members)
            if members.contains_key("callId")
                && members.contains_key("timestamp")
                && !members.contains_key("eventType") =>
        {
            let mut members = members.clone();
            members.insert("eventType".to_owned(), Value::Null);
            Effect::deserialize(Value::Object(members))
        }
        _ => Effect::deserialize(item),
    };
    read.map_err(|error| garbage(&error.to_string(), &item.to_string()))
}

fn garbage(why: &str, text: &str) -> ProbeError {
    ProbeError::Garbage(format!(
        "{}, in `{}`",
        start_of(why, EXCERPT),
        start_of(text, EXCERPT)
    ))
}

/// At most so many characters from the start of a text.
pub(super) fn start_of(text: &str, characters: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"callId":"c","eventType":"e","timestamp":"t","kind":null,"data":{}}"#;

    #[test]
    fn every_form_is_read() {
        for text in [
            format!("{LINE}\n{LINE}\n"),
            format!("[{LINE},{LINE}]"),
            format!("{{\"effects\":[{LINE},{LINE}]}}"),
        ] {
            let Ok(Reading::Records(effects)) = Reading::parse(&text, None) else {
                panic!("{text}");
            };
            assert_eq!((effects.len(), effects[0].call_id.as_str()), (2, "c"));
        }
        assert_eq!(
            Reading::parse(" \n", None).unwrap(),
            Reading::Records(vec![])
        );
        assert_eq!(Reading::parse("12\n", None).unwrap(), Reading::Count(12));
        let nested = r#"{"stats":{"count":3}}"#;
        assert_eq!(
            Reading::parse(nested, Some("/stats/count")).unwrap(),
            Reading::Count(3)
        );
        assert!(matches!(Reading::parse(LINE, None).unwrap(), Reading::Records(e) if e.len() == 1));
    }

    #[test]
    fn other_things_are_garbage() {
        for text in [
            "<html>",
            "-1",
            "1.5",
            "\"x\"",
            "{\"a\":1}",
            "[{\"id\":\"c\"}]",
        ] {
            assert!(
                matches!(Reading::parse(text, None), Err(ProbeError::Garbage(_))),
                "{text}"
            );
        }
        assert!(Reading::parse("{}", Some("/x")).is_err());
    }

    #[test]
    fn an_event_that_was_taken_without_a_key_is_readable() {
        for (text, event_type) in [
            (r#"[{"callId":"c","timestamp":"t"}]"#, ""),
            (r#"[{"callId":"c","eventType":null,"timestamp":"t"}]"#, ""),
            (r#"[{"callId":"c","eventType":7,"timestamp":"t"}]"#, "7"),
            ("{\"callId\":\"c\",\"timestamp\":\"t\"}\n\n", ""),
        ] {
            let Ok(Reading::Records(effects)) = Reading::parse(text, None) else {
                panic!("{text}");
            };
            assert_eq!(effects[0].event_type, event_type);
        }
    }

    #[test]
    fn garbage_is_shown_in_short() {
        let long = "x".repeat(10_000);
        for text in [
            format!(
                r#"[{{"callId":"c","eventType":"e","timestamp":"t","kind":5,"data":"{long}"}}]"#
            ),
            format!(r#"["{long}"]"#),
            long,
        ] {
            let Err(ProbeError::Garbage(why)) = Reading::parse(&text, None) else {
                panic!("it was read");
            };
            assert!(why.chars().count() < 300, "{why}");
        }
    }

    #[test]
    fn the_order_of_records_is_no_difference() {
        let read = |text: &str| Reading::parse(text, None).unwrap();
        let one = r#"{"callId":"1","eventType":"e","timestamp":"t"}"#;
        let two = r#"{"callId":"2","eventType":"e","timestamp":"t"}"#;
        let both = read(&format!("[{one},{two},{two}]"));
        assert!(both.shows_the_same(&read(&format!("[{two},{one},{two}]"))));
        assert!(!both.shows_the_same(&read(&format!("[{two},{one},{one}]"))));
        assert!(!both.shows_the_same(&read(&format!("[{two},{one}]"))));
        assert!(!read("1").shows_the_same(&read("2")));
    }
}
