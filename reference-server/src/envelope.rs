//! The three members that make JSON an event. Nothing else of it is looked at here, or kept in memory.
//!
//! A parsed body may take twenty times the memory of its text; the key takes the memory of three strings.

use std::fmt;

use hamsa_schemas::{IdempotencyKey, Violation};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json_text::{DEEPEST, depth};

/// Reads the key of an event from its text.
pub(crate) fn key_of(body: &[u8]) -> Result<IdempotencyKey, Vec<Violation>> {
    let not_json = |place: String| vec![Violation::new("", "json", format!("not JSON: {place}"))];
    let text = std::str::from_utf8(body)
        .map_err(|error| not_json(format!("byte {} is not UTF-8", error.valid_up_to())))?;
    let place = |error: serde_json::Error| {
        not_json(format!("line {}, column {}", error.line(), error.column()))
    };
    // Only an object has members to keep; of anything else it matters only whether it is JSON.
    let members = if text.trim_start().starts_with('{') {
        serde_json::from_str::<Members<'_>>(text).map_err(place)?.0
    } else {
        serde_json::from_str::<IgnoredAny>(text).map_err(place)?;
        return IdempotencyKey::of(&Value::Null);
    };
    if opens_more_than(text, DEEPEST) && depth(text) > DEEPEST {
        let message = format!("nested deeper than {DEEPEST} levels");
        return Err(vec![Violation::new("", "depth", message)]);
    }
    let mut event = Map::new();
    for (name, value) in members {
        event.insert(name.to_owned(), text_of(name, value)?);
    }
    IdempotencyKey::of(&Value::Object(event))
}

/// Whether so many brackets are opened at all, strings included: nearly every event has fewer, and need not be walked.
fn opens_more_than(text: &str, most: usize) -> bool {
    let opening = text.bytes().filter(|byte| matches!(byte, b'{' | b'['));
    opening.count() > most
}

/// The value of a key member. What is no string stays unread: null stands for it.
fn text_of(name: &str, value: &RawValue) -> Result<Value, Vec<Violation>> {
    if !value.get().starts_with('"') {
        return Ok(Value::Null);
    }
    // Half a surrogate pair names nothing: two different ones would be one and the same key.
    let half = |_| {
        let message = format!("\"{name}\" is not a whole text");
        vec![Violation::new(format!("/{name}"), "json", message)]
    };
    serde_json::from_str(value.get())
        .map(Value::String)
        .map_err(half)
}

const NAMES: [&str; 3] = ["eventType", "callId", "timestamp"];

/// The key members as they stand in the text; of a repeated one the last counts, as with most parsers.
struct Members<'a>(Vec<(&'static str, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(&'static str, &'de RawValue)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let Some(name) = NAMES.into_iter().find(|name| *name == key) else {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    let value = map.next_value()?;
                    members.retain(|(other, _)| *other != name);
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> String {
        format!(r#"{{"eventType":"e","callId":"c","timestamp":"t","data":{data}}}"#)
    }

    #[test]
    fn data_may_be_anything_that_is_json() {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        for data in [
            r#""\ud83d""#,
            r#"{"\ude00":"\ud83dx"}"#,
            "1e400",
            "[-1E+99999]",
            &nested(DEEPEST - 1),
        ] {
            assert!(key_of(event(data).as_bytes()).is_ok(), "{data}");
        }
        for data in [
            nested(DEEPEST).as_str(),
            "01",
            "[1,]",
            "\"\\x\"",
            "\"\u{1}\"",
            "NaN",
            "",
        ] {
            assert!(key_of(event(data).as_bytes()).is_err(), "{data}");
        }
        assert!(key_of(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn it_judges_the_key_as_a_whole_parse_would() {
        for text in [
            "null",
            "[]",
            "7",
            "{}",
            r#"{"callId":null,"eventType":["x"],"timestamp":""}"#,
            r#"{"callId":{"callId":"c"},"eventType":1e2,"timestamp":"\u0074"}"#,
            r#" {"callId":"a","callId":"b","eventType":"e","timestamp":"t"} "#,
            r#"{"call\u0049d":"a","eventType":"e\n","timestamp":"t","callid":1}"#,
        ] {
            let whole = serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(
                key_of(text.as_bytes()),
                IdempotencyKey::of(&whole),
                "{text}"
            );
        }
    }

    #[test]
    fn half_a_character_is_no_key() {
        let violations = key_of(event("1").replace("\"c\"", r#""\ud83d""#).as_bytes()).unwrap_err();
        assert_eq!(violations[0].pointer, "/callId");
    }
}
