//! Absent, null and given, kept apart (G-EVT-13, A-44, A-45).
//!
//! An outcome that is absent was not asked for; a null one was asked for and not obtained; zero and
//! `false` are values. `Option` would merge the first two.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// What a document says about one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence<T> {
    /// The member is not there.
    #[default]
    Absent,
    /// The member is there and null.
    Null,
    /// The member has a value.
    Given(T),
}

impl<T> Presence<T> {
    /// The value, with absent and null merged.
    pub fn given(&self) -> Option<&T> {
        match self {
            Presence::Given(value) => Some(value),
            Presence::Absent | Presence::Null => None,
        }
    }

    /// The value, with absent and null merged, taken out.
    pub fn into_given(self) -> Option<T> {
        match self {
            Presence::Given(value) => Some(value),
            Presence::Absent | Presence::Null => None,
        }
    }

    /// True when the member is not there at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Presence::Absent)
    }

    /// True when the member is there and null.
    pub fn is_null(&self) -> bool {
        matches!(self, Presence::Null)
    }

    /// Changes the value and keeps the other two states.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Presence<U> {
        match self {
            Presence::Given(value) => Presence::Given(change(value)),
            Presence::Null => Presence::Null,
            Presence::Absent => Presence::Absent,
        }
    }

    /// Changes the value, or calls the member absent when that is impossible.
    pub fn and_then<U>(self, change: impl FnOnce(T) -> Option<U>) -> Presence<U> {
        match self {
            Presence::Given(value) => change(value).map_or(Presence::Absent, Presence::Given),
            Presence::Null => Presence::Null,
            Presence::Absent => Presence::Absent,
        }
    }
}

impl<'a> From<Option<&'a Value>> for Presence<&'a Value> {
    fn from(member: Option<&'a Value>) -> Self {
        match member {
            None => Presence::Absent,
            Some(Value::Null) => Presence::Null,
            Some(value) => Presence::Given(value),
        }
    }
}

/// Written as the value or null. Pair it with
/// `#[serde(skip_serializing_if = "Presence::is_absent")]` to keep all three states.
impl<T: Serialize> Serialize for Presence<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.given().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn zero_and_false_are_values_and_null_is_not_absent() {
        let document = json!({ "zero": 0, "no": false, "null": null });
        let member = |name: &str| Presence::from(document.get(name)).map(Clone::clone);
        assert_eq!(member("zero"), Presence::Given(json!(0)));
        assert_eq!(member("no"), Presence::Given(json!(false)));
        assert!(member("null").is_null());
        assert!(member("none").is_absent());
    }
}
