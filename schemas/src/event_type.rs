//! The event types: five documented ones in an open set (G-EVT-01, A-08).

use std::fmt;

/// The five documented names, in the order of a call's life.
pub const EVENT_TYPES: [&str; 5] = [
    "call.started",
    "call.answered",
    "transcription.update",
    "tool.executed",
    "call.ended",
];

/// What happened, as told by `eventType`. Names are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// `call.started`: a call begins.
    CallStarted,
    /// `call.answered`: the call is connected.
    CallAnswered,
    /// `transcription.update`: one side said something.
    TranscriptionUpdate,
    /// `tool.executed`: the agent used a tool.
    ToolExecuted,
    /// `call.ended`: the call is over; carries transcript, recording and outcome.
    CallEnded,
    /// A type the guide does not name. It is acknowledged like any other.
    Other(String),
}

impl EventType {
    /// The five documented types, in the order of a call's life.
    pub const DOCUMENTED: [EventType; 5] = [
        EventType::CallStarted,
        EventType::CallAnswered,
        EventType::TranscriptionUpdate,
        EventType::ToolExecuted,
        EventType::CallEnded,
    ];

    /// The name as it stands in `eventType`.
    pub fn as_str(&self) -> &str {
        match self {
            EventType::CallStarted => EVENT_TYPES[0],
            EventType::CallAnswered => EVENT_TYPES[1],
            EventType::TranscriptionUpdate => EVENT_TYPES[2],
            EventType::ToolExecuted => EVENT_TYPES[3],
            EventType::CallEnded => EVENT_TYPES[4],
            EventType::Other(name) => name,
        }
    }

    /// True for the five types the guide names.
    pub fn is_documented(&self) -> bool {
        !matches!(self, EventType::Other(_))
    }
}

impl From<&str> for EventType {
    fn from(name: &str) -> Self {
        Self::DOCUMENTED
            .into_iter()
            .find(|known| known.as_str() == name)
            .unwrap_or_else(|| EventType::Other(name.to_owned()))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_types_and_names_are_the_same_list() {
        let names: Vec<_> = EventType::DOCUMENTED
            .iter()
            .map(EventType::as_str)
            .collect();
        assert_eq!(names, EVENT_TYPES);
        for name in EVENT_TYPES {
            assert!(EventType::from(name).is_documented());
        }
    }

    #[test]
    fn another_spelling_is_another_type() {
        for name in ["Call.Ended", "call.ended ", "call_ended", ""] {
            assert_eq!(EventType::from(name), EventType::Other(name.to_owned()));
        }
    }
}
