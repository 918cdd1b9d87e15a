//! The idempotency key: which deliveries are one event (G-IDEM-02).
//!
//! The key is the envelope's `callId`, `eventType` and `timestamp`, three strings after JSON decoding,
//! compared byte for byte. Nothing is trimmed, folded, normalised or read as a date: a sender
//! that repeats an event repeats its text, and every such courtesy would merge distinct events.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::validate::Violation;

/// The triple that identifies an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdempotencyKey {
    /// The envelope's `callId`, unchanged.
    pub call_id: String,
    /// The envelope's `eventType`, unchanged.
    pub event_type: String,
    /// The envelope's `timestamp`, as text; `data.timestamp` plays no part.
    pub timestamp: String,
}

impl IdempotencyKey {
    /// Reads the key of an event.
    ///
    /// # Errors
    ///
    /// One violation for each of the three members that is missing, not a string, or empty, and a
    /// single one when the event is not an object. It fails exactly where the tolerant schema does.
    pub fn of(event: &Value) -> Result<Self, Vec<Violation>> {
        let Some(members) = event.as_object() else {
            return Err(vec![Violation::new("", "type", "an event is an object")]);
        };
        let mut violations = Vec::new();
        let mut part = |name: &str| {
            let (keyword, message) = match members.get(name) {
                Some(Value::String(text)) if !text.is_empty() => return text.clone(),
                Some(Value::String(_)) => ("minLength", format!("\"{name}\" is empty")),
                Some(_) => ("type", format!("\"{name}\" is not a string")),
                None => {
                    let message = format!("\"{name}\" is a required property");
                    violations.push(Violation::new("", "required", message));
                    return String::new();
                }
            };
            violations.push(Violation::new(format!("/{name}"), keyword, message));
            String::new()
        };
        let key = Self {
            event_type: part("eventType"),
            call_id: part("callId"),
            timestamp: part("timestamp"),
        };
        if violations.is_empty() {
            Ok(key)
        } else {
            Err(violations)
        }
    }

    /// The key as bytes: `callId`, `eventType`, `timestamp`, each preceded by its length in bytes as
    /// eight big-endian bytes. Two keys have the same encoding only when they are equal, which a
    /// join with `:` cannot promise (D-07).
    pub fn encode(&self) -> Vec<u8> {
        let parts = [&self.call_id, &self.event_type, &self.timestamp];
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// For people: `"call_1" "call.ended" "2024-01-15T14:35:00Z"`. Control and direction characters are
/// escaped; a part over 96 bytes is cut, and then told apart by its length and a 64-bit fingerprint.
impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_part(f, &self.call_id)?;
        f.write_str(" ")?;
        write_part(f, &self.event_type)?;
        f.write_str(" ")?;
        write_part(f, &self.timestamp)
    }
}

const LONGEST_PART_SHOWN: usize = 96;
const SHOWN_OF_A_LONGER_PART: usize = 40;

fn write_part(f: &mut fmt::Formatter<'_>, part: &str) -> fmt::Result {
    if part.len() <= LONGEST_PART_SHOWN {
        return write!(f, "{part:?}");
    }
    let head: String = part.chars().take(SHOWN_OF_A_LONGER_PART).collect();
    write!(
        f,
        "{head:?}…({} bytes, {:016x})",
        part.len(),
        fingerprint(part)
    )
}

/// FNV-1a: stable across runs and platforms, unlike the standard library's hasher.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(call_id: &str, event_type: &str, timestamp: &str) -> IdempotencyKey {
        IdempotencyKey {
            call_id: call_id.into(),
            event_type: event_type.into(),
            timestamp: timestamp.into(),
        }
    }

    #[test]
    fn nothing_is_trimmed_folded_or_normalised() {
        let event = json!({"eventType": " Call.Ended", "callId": "é\u{0}", "timestamp": "t "});
        assert_eq!(
            IdempotencyKey::of(&event),
            Ok(key("é\u{0}", " Call.Ended", "t "))
        );
        assert_ne!(key("e\u{301}", "t", "s"), key("é", "t", "s"));
    }

    #[test]
    fn every_broken_member_is_named() {
        let violations = IdempotencyKey::of(&json!({"callId": 7, "timestamp": ""})).unwrap_err();
        let found: Vec<_> = violations
            .iter()
            .map(|v| (&*v.pointer, &*v.keyword))
            .collect();
        assert_eq!(
            found,
            [
                ("", "required"),
                ("/callId", "type"),
                ("/timestamp", "minLength")
            ]
        );
        assert_eq!(IdempotencyKey::of(&json!([])).unwrap_err().len(), 1);
    }

    #[test]
    fn joins_that_collide_are_told_apart() {
        let (one, other) = (key("a:b", "c", "d"), key("a", "b:c", "d"));
        assert_ne!(one.encode(), other.encode());
        assert_ne!(one.to_string(), other.to_string());
    }

    #[test]
    fn display_is_short_and_harmless() {
        let long = "x".repeat(10_000);
        let (one, other) = (key(&long, "t", "s"), key(&format!("{long}y"), "t", "s"));
        assert!(one.to_string().len() < 120);
        assert_ne!(one.to_string(), other.to_string());
        assert!(
            !key("a\n\u{202e}", "t", "s")
                .to_string()
                .contains(['\n', '\u{202e}'])
        );
    }
}
