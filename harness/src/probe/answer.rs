//! The forms in which effects may be answered: NDJSON, an array, an object with `effects`, or a
//! bare count.

use serde_json::Value;

use super::spec::ProbeError;
use crate::ledger::Effect;

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
                    serde_json::from_str::<Effect>(line).map_err(|e| garbage(&e.to_string(), line))
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
            .map(|item| {
                serde_json::from_value(item.clone())
                    .map_err(|error| garbage(&error.to_string(), &item.to_string()))
            })
            .collect::<Result<_, _>>()
            .map(Self::Records)
    }
}

fn garbage(why: &str, text: &str) -> ProbeError {
    let start: String = text.chars().take(120).collect();
    ProbeError::Garbage(format!("{why}, in `{start}`"))
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
}
