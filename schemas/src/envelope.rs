//! The envelope: the seven members around every event, read tolerantly, and the place where
//! a body's members are looked up.

use serde_json::{Map, Value};

use crate::{event_type::EventType, presence::Presence, validate::pointer_token};

/// A view of the seven outer members. A string member that is missing, null or of another type
/// reads as `None`; what is required of a delivery is said by the tolerant schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope<'e> {
    /// `eventType`.
    pub event_type: Option<&'e str>,
    /// `callId`: opaque, not necessarily a UUID.
    pub call_id: Option<&'e str>,
    /// `timestamp`: when the event occurred, as text.
    pub timestamp: Option<&'e str>,
    /// `projectId`.
    pub project_id: Option<&'e str>,
    /// `agentId`.
    pub agent_id: Option<&'e str>,
    /// `agentName`.
    pub agent_name: Option<&'e str>,
    /// `data`, whatever its type.
    pub data: Option<&'e Value>,
}

impl<'e> Envelope<'e> {
    /// Looks at an event. Anything but an object has no members.
    pub fn of(event: &'e Value) -> Self {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        Self {
            event_type: text("eventType"),
            call_id: text("callId"),
            timestamp: text("timestamp"),
            project_id: text("projectId"),
            agent_id: text("agentId"),
            agent_name: text("agentName"),
            data: event.get("data"),
        }
    }

    /// The type of the event, if `eventType` is a string.
    pub fn kind(&self) -> Option<EventType> {
        self.event_type.map(EventType::from)
    }

    /// The body of the event.
    pub fn body(&self) -> EventBody<'e> {
        EventBody::of(self.data)
    }
}

/// Where a body's members are found: in `data.data`, else in `data`, decided per member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventBody<'e> {
    wrapper: Option<&'e Map<String, Value>>,
    inner: Option<&'e Map<String, Value>>,
}

impl<'e> EventBody<'e> {
    /// The body inside an envelope's `data`. Empty when that is not an object.
    pub fn of(data: Option<&'e Value>) -> Self {
        let wrapper = data.and_then(Value::as_object);
        let inner = wrapper
            .and_then(|data| data.get("data"))
            .and_then(Value::as_object);
        Self { wrapper, inner }
    }

    /// A member of `data.data`, else of `data`. A null in `data.data` counts as found.
    pub fn member(&self, name: &str) -> Presence<&'e Value> {
        self.locate(name).map(|(_, value)| value).into()
    }

    /// A member of `data` itself, such as the completion time `data.timestamp` (G-EVT-08).
    pub fn wrapper_member(&self, name: &str) -> Presence<&'e Value> {
        self.wrapper.and_then(|wrapper| wrapper.get(name)).into()
    }

    /// The JSON pointer of a member from the event's root: where it was found, or where it belongs.
    pub fn pointer(&self, name: &str) -> String {
        let parent = self.locate(name).map_or("/data/data", |(parent, _)| parent);
        format!("{parent}/{}", pointer_token(name))
    }

    /// `data.data`, or `data` where there is no inner object; `None` without either.
    pub fn members(&self) -> Option<&'e Map<String, Value>> {
        self.inner.or(self.wrapper)
    }

    fn locate(&self, name: &str) -> Option<(&'static str, &'e Value)> {
        let found = |place: Option<&'e Map<String, Value>>, parent| {
            place
                .and_then(|members| members.get(name))
                .map(|value| (parent, value))
        };
        found(self.inner, "/data/data").or_else(|| found(self.wrapper, "/data"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_fall_back_one_by_one() {
        let data = json!({"a": 1, "b": 2, "data": {"a": 10, "c": null}});
        let body = EventBody::of(Some(&data));
        assert_eq!(body.member("a").given(), Some(&&json!(10)));
        assert_eq!(body.member("b").given(), Some(&&json!(2)));
        assert!(body.member("c").is_null());
        assert!(body.member("d").is_absent());
        assert_eq!(body.wrapper_member("a").given(), Some(&&json!(1)));
        assert_eq!(
            (body.pointer("b").as_str(), body.pointer("d/e").as_str()),
            ("/data/b", "/data/data/d~1e")
        );
    }

    #[test]
    fn odd_data_is_an_empty_body() {
        for data in [json!(null), json!([1]), json!("x"), json!({"data": []})] {
            assert!(EventBody::of(Some(&data)).member("a").is_absent(), "{data}");
        }
        assert_eq!(Envelope::of(&json!([])), Envelope::of(&json!(null)));
    }
}
