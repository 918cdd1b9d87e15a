//! The one place that turns members of any type into the types of the readers, collecting warnings.

use serde_json::{Map, Value};

use crate::{envelope::EventBody, presence::Presence, validate::Violation};

/// Reads members of one body and remembers what was odd about them.
pub(super) struct Reader<'e> {
    body: EventBody<'e>,
    warnings: Vec<Violation>,
}

impl<'e> Reader<'e> {
    pub(super) fn new(body: EventBody<'e>) -> Self {
        Self {
            body,
            warnings: Vec::new(),
        }
    }

    /// What is read.
    pub(super) fn body(&self) -> EventBody<'e> {
        self.body
    }

    pub(super) fn warn(&mut self, pointer: String, expected: &str) {
        self.warnings.push(Violation::new(
            pointer,
            "type",
            format!("expected {expected}"),
        ));
    }

    /// The warnings so far; the last thing a reader asks for.
    pub(super) fn into_warnings(self) -> Vec<Violation> {
        self.warnings
    }

    /// Any JSON value, as it is.
    pub(super) fn any(&self, name: &str) -> Presence<Value> {
        self.body.member(name).map(Clone::clone)
    }

    /// A text. Another type is kept as its JSON text.
    pub(super) fn text(&mut self, name: &str) -> Presence<String> {
        let body = self.body;
        self.text_of(body.member(name), || body.pointer(name))
    }

    /// A text of `data` itself.
    pub(super) fn wrapper_text(&mut self, name: &str) -> Presence<String> {
        self.text_of(self.body.wrapper_member(name), || format!("/data/{name}"))
    }

    /// A text that stands at `pointer`, which is asked for only where there is something to warn of.
    pub(super) fn text_of(
        &mut self,
        member: Presence<&Value>,
        pointer: impl FnOnce() -> String,
    ) -> Presence<String> {
        member.map(|value| match value {
            Value::String(text) => text.clone(),
            other => {
                self.warn(pointer(), "a string");
                other.to_string()
            }
        })
    }

    /// A number. A text that spells one is converted; anything else is dropped with a warning.
    pub(super) fn number(&mut self, name: &str) -> Presence<f64> {
        self.body.member(name).and_then(|value| {
            value.as_f64().or_else(|| {
                self.warn(self.body.pointer(name), "a number");
                number_in(value)
            })
        })
    }

    /// An object; empty when missing or of another type.
    pub(super) fn object(&mut self, name: &str) -> Presence<Map<String, Value>> {
        self.body.member(name).and_then(|value| {
            let object = value.as_object().cloned();
            if object.is_none() {
                self.warn(self.body.pointer(name), "an object");
            }
            object
        })
    }

    /// A list; empty when missing or of another type.
    pub(super) fn list(&mut self, name: &str) -> &'e [Value] {
        match self.body.member(name) {
            Presence::Given(Value::Array(items)) => items.as_slice(),
            Presence::Given(_) => {
                self.warn(self.body.pointer(name), "an array");
                &[]
            }
            Presence::Absent | Presence::Null => &[],
        }
    }

    /// Accepts a time given as text or as a number, and keeps it as it is.
    pub(super) fn time(&mut self, name: &str) -> Presence<Value> {
        let time = self.any(name);
        if time
            .given()
            .is_some_and(|value| !value.is_string() && !value.is_number())
        {
            self.warn(self.body.pointer(name), "a date-time or a number");
        }
        time
    }
}

/// The finite number that a value holds or spells.
pub(super) fn number_in(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number| number.is_finite())
}
