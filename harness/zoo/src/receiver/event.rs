//! From bytes to an event: parsing, then validation.

use serde_json::{Map, Value, json};

use super::{naive, scan};
use crate::behaviour::{Behaviour, EVENT_TYPES, Parse, TestEvent, Validate};

const ENVELOPE: [&str; 7] = [
    "eventType",
    "callId",
    "timestamp",
    "projectId",
    "agentId",
    "agentName",
    "data",
];

/// A valid event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) call_id: String,
    pub(super) event_type: String,
    pub(super) timestamp: String,
    pub(super) data: Value,
    /// False only where a fault loses the effect of what it acknowledges.
    pub(super) leaves_effect: bool,
}

impl Event {
    pub(super) fn new(identity: [String; 3], data: Value) -> Self {
        let [call_id, event_type, timestamp] = identity;
        Self {
            call_id,
            event_type,
            timestamp,
            data,
            leaves_effect: true,
        }
    }

    /// What tells it from other events.
    pub(super) fn identity(&self) -> [String; 3] {
        [
            self.call_id.clone(),
            self.event_type.clone(),
            self.timestamp.clone(),
        ]
    }

    pub(super) fn as_json(&self) -> Value {
        json!({ "identity": self.identity(), "data": self.data })
    }

    pub(super) fn is_documented(&self) -> bool {
        EVENT_TYPES.contains(&self.event_type.as_str())
    }
}

/// Why a body is no event, and how that is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid {
    pub(super) status: u16,
    pub(super) details: String,
    /// Whether the receiver is of no use afterwards.
    pub(super) stops_serving: bool,
}

/// The event in a body.
pub(super) fn understand(behaviour: &Behaviour, body: &[u8]) -> Result<Event, Invalid> {
    let invalid = |details: String| Invalid {
        status: behaviour.invalid_status,
        details,
        stops_serving: false,
    };
    let value = parse(behaviour.parse, body, &invalid)?;
    match behaviour.test_event {
        TestEvent::BareLeavesEffect if is_bare_test(&value) => Ok(bare_test(&value)),
        TestEvent::BareStatus(status) if is_bare_test(&value) => Err(Invalid {
            status,
            ..internal(false)
        }),
        _ => validate(behaviour.validate, value, &invalid),
    }
}

/// A body that says that it is a test, and nothing of an event's type.
fn is_bare_test(value: &Value) -> bool {
    value["test"] == true && value.get("eventType").is_none()
}

/// Such a body where it is taken for an event.
fn bare_test(value: &Value) -> Event {
    let member = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let identity = [member("callId"), "test".to_owned(), member("timestamp")];
    Event::new(identity, Value::Null)
}

fn parse(rule: Parse, body: &[u8], invalid: &impl Fn(String) -> Invalid) -> Result<Value, Invalid> {
    let strict = || serde_json::from_slice(body).map_err(|error| invalid(error.to_string()));
    match rule {
        Parse::Strict => strict(),
        Parse::OverflowKills => strict().inspect_err(|error| {
            if error.details.contains("out of range") {
                std::process::abort();
            }
        }),
        Parse::EmptyKills if body.is_empty() => std::process::abort(),
        Parse::OneByteKills if body.len() == 1 => std::process::abort(),
        Parse::EmptyStopsServing if body.is_empty() => Err(internal(true)),
        Parse::GuessesEnd => naive::completed(body).map_or_else(strict, Ok),
        Parse::ForgivesLastByte => {
            serde_json::from_slice(&[body, b"}"].concat()).or_else(|_| strict())
        }
        Parse::Recursive(kib) if !naive::survives_recursion(body, kib) => Err(internal(false)),
        Parse::IgnoresRest => match serde_json::Deserializer::from_slice(body)
            .into_iter()
            .next()
        {
            Some(Ok(value)) => Ok(value),
            _ => strict(),
        },
        Parse::ReplacesInvalidUtf8 => serde_json::from_str(&String::from_utf8_lossy(body))
            .map_err(|error| invalid(error.to_string())),
        Parse::UnwrapsArray => strict().map(|value| match value {
            Value::Array(mut items) if !items.is_empty() => items.swap_remove(0),
            other => other,
        }),
        Parse::DeepStopsServing => strict().map_err(|error| Invalid {
            stops_serving: error.details.contains("recursion"),
            ..error
        }),
        Parse::NullKills if strict()?.is_null() => std::process::abort(),
        Parse::ScalarStopsServing if strict()?.is_string() => Err(internal(true)),
        Parse::AsciiOnly if !strict()?.to_string().is_ascii() => Err(internal(false)),
        Parse::BasicPlaneOnly if strict()?.to_string().chars().any(|char| char > '\u{ffff}') => {
            Err(internal(false))
        }
        _ => strict(),
    }
}

fn validate(
    rule: Validate,
    value: Value,
    invalid: &impl Fn(String) -> Invalid,
) -> Result<Event, Invalid> {
    let Value::Object(mut object) = value else {
        return Err(invalid("not an object".to_owned()));
    };
    if rule == Validate::NamesNoCase {
        object = with_usual_names(object);
    }
    let mut identity = [const { String::new() }; 3];
    for (text, name) in identity
        .iter_mut()
        .zip(["callId", "eventType", "timestamp"])
    {
        *text = match identifying(rule, name, object.get(name)) {
            Some(Ok(text)) => text,
            Some(Err(fault)) => return Err(fault),
            None => return Err(invalid(format!("{name} is not a non-empty string"))),
        };
    }
    match rule {
        Validate::TypeNoCase => identity[1].make_ascii_lowercase(),
        Validate::TypeTrimmed => identity[1] = identity[1].trim().to_owned(),
        _ => {}
    }
    let has_unknown = object.keys().any(|name| !ENVELOPE.contains(&name.as_str()));
    match rule {
        Validate::AllSeven if !is_complete(&object) => {
            return Err(invalid("an envelope member is missing".to_owned()));
        }
        Validate::RefusesUnknown if has_unknown => {
            return Err(invalid("unknown member".to_owned()));
        }
        Validate::NeedsOptional if !has_optional(&identity[1], &object) => {
            return Err(internal(false));
        }
        Validate::DereferencesNull if outcome(&object).any(Value::is_null) => {
            return Err(internal(false));
        }
        Validate::RefusesNull if object.get("data").is_some_and(holds_null) => {
            return Err(invalid("null in data".to_owned()));
        }
        Validate::ReadsData if !object.get("data").is_some_and(Value::is_object) => {
            return Err(internal(false));
        }
        Validate::NullDataKills if object.get("data").is_some_and(Value::is_null) => {
            std::process::abort()
        }
        Validate::RecordingKills if has_odd_recording(&object) => std::process::abort(),
        Validate::ParsesStrings if outcome(&object).any(is_broken_json) => {
            return Err(internal(false));
        }
        Validate::SpeakersAsText if speakers(&object).is_some_and(Value::is_number) => {
            return Err(invalid("number_of_speakers is not a string".to_owned()));
        }
        Validate::SpeakersAsNumber if speakers(&object).is_some_and(Value::is_string) => {
            return Err(invalid("number_of_speakers is not a number".to_owned()));
        }
        _ => {}
    }
    let mut event = Event::new(identity, object.remove("data").unwrap_or_default());
    event.leaves_effect = !(rule == Validate::UnknownLosesEffect && has_unknown);
    Ok(event)
}

/// An identifying member's text: nothing if it is invalid, a fault if it is worse than that.
fn identifying(
    rule: Validate,
    name: &str,
    value: Option<&Value>,
) -> Option<Result<String, Invalid>> {
    match (value, rule) {
        (Some(Value::String(text)), _) if !text.is_empty() => Some(Ok(text.clone())),
        (Some(Value::String(text)), Validate::EmptyPasses) => Some(Ok(text.clone())),
        (None, Validate::MissingTimestampIsNow) if name == "timestamp" => {
            Some(Ok("2026-01-01T00:00:00.000Z".to_owned()))
        }
        (None, Validate::MissingTypeIsEnded) if name == "eventType" => {
            Some(Ok("call.ended".to_owned()))
        }
        (None, Validate::MissingCallIdKills) if name == "callId" => std::process::abort(),
        (None, Validate::MissingIsServerError) => Some(Err(internal(false))),
        (Some(Value::Object(_)), Validate::ObjectKills) => std::process::abort(),
        (Some(value), Validate::Stringifies) if !value.is_object() && !value.is_array() => {
            Some(Ok(value.to_string()))
        }
        _ => None,
    }
}

/// The fields of a call's outcome, if it has any.
fn outcome(object: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    object
        .get("data")
        .and_then(|data| data.pointer("/data/outcomeResult"))
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
}

fn speakers(object: &Map<String, Value>) -> Option<&Value> {
    let outcome = object.get("data")?.pointer("/data/outcomeResult")?;
    outcome.get("number_of_speakers")
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn has_odd_recording(object: &Map<String, Value>) -> bool {
    object
        .get("data")
        .and_then(|data| data.pointer("/data/conversationRecording"))
        .is_some_and(|recording| !recording.is_string())
}

fn is_broken_json(field: &Value) -> bool {
    field.as_str().is_some_and(|text| {
        text.starts_with(['[', '{']) && serde_json::from_str::<Value>(text).is_err()
    })
}

fn is_complete(object: &Map<String, Value>) -> bool {
    ENVELOPE.iter().all(|name| object.contains_key(*name)) && object["data"].is_object()
}

/// Whether the body has what it usually has and nothing promises.
fn has_optional(event_type: &str, object: &Map<String, Value>) -> bool {
    let data = object.get("data").unwrap_or(&Value::Null);
    let holds = |name: &str| !data[name].is_null() || !data["data"][name].is_null();
    match event_type {
        "call.ended" => holds("outcomeResult"),
        "transcription.update" => holds("confidence"),
        "tool.executed" => holds("duration"),
        _ => true,
    }
}

fn with_usual_names(object: Map<String, Value>) -> Map<String, Value> {
    let usual = |name: String| {
        let known = ENVELOPE
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&name));
        known.map_or(name, |known| (*known).to_owned())
    };
    object
        .into_iter()
        .map(|(name, value)| (usual(name), value))
        .collect()
}

/// An exception that nobody caught.
fn internal(stops_serving: bool) -> Invalid {
    Invalid {
        status: 500,
        details: "Internal server error".to_owned(),
        stops_serving,
    }
}

/// The event that can be made out in the part of a body that has arrived.
pub(super) fn guessed(part: &[u8]) -> Option<Event> {
    scan::identity(part).map(|identity| Event::new(identity, Value::Null))
}
