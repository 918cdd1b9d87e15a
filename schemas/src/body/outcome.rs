//! `outcomeResult` of `call.ended`: echoed parameters and collected outcomes in one open object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reader::{Reader, number_in};
use crate::{envelope::EventBody, presence::Presence};

/// The outcome of a call. Values may be of any JSON type; names are case-sensitive (G-EVT-15).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcome {
    /// Every member, in the order of the document.
    pub fields: Map<String, Value>,
}

impl Outcome {
    /// Any member, with absent and null kept apart (G-EVT-13).
    pub fn field(&self, name: &str) -> Presence<&Value> {
        self.fields.get(name).into()
    }

    /// A member that was sent as a JSON text, parsed back (G-EVT-14). A text that does not parse stays
    /// the text it is.
    pub fn parsed(&self, name: &str) -> Presence<Value> {
        self.field(name).map(|value| {
            let parsed = value
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok());
            parsed.unwrap_or_else(|| value.clone())
        })
    }

    /// `sentiment_score`, −1 to 1. Zero is a value.
    pub fn sentiment_score(&self) -> Presence<f64> {
        self.field("sentiment_score").and_then(number_in)
    }

    /// `resolved`. Only `false` means unresolved.
    pub fn resolved(&self) -> Presence<bool> {
        self.field("resolved").and_then(Value::as_bool)
    }

    /// `number_of_speakers`, written as a number or as a text (G-EVT-19).
    pub fn number_of_speakers(&self) -> Presence<f64> {
        self.field("number_of_speakers").and_then(number_in)
    }
}

/// Reads `outcomeResult` and warns about the documented members that have another type.
pub(super) fn read_outcome(reader: &mut Reader<'_>, body: EventBody<'_>) -> Presence<Outcome> {
    let outcome = reader
        .object("outcomeResult")
        .map(|fields| Outcome { fields });
    if let Some(outcome) = outcome.given() {
        let parent = body.pointer("outcomeResult");
        let mut expect = |name: &str, expected: &str, is_so: fn(&Value) -> bool| {
            if outcome
                .field(name)
                .given()
                .is_some_and(|value| !is_so(value))
            {
                reader.warn(format!("{parent}/{name}"), expected);
            }
        };
        expect("expectedSalary", "a string", Value::is_string);
        expect("noticePeriod", "a string", Value::is_string);
        expect("intent", "a string", Value::is_string);
        expect("resolved", "a boolean", Value::is_boolean);
        expect("sentiment_score", "a number", Value::is_number);
        expect("number_of_speakers", "a string or a number", |value| {
            value.is_string() || value.is_number()
        });
    }
    outcome
}
