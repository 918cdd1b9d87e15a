//! From an event to the reader of its type (G-EVT-02).

use serde_json::Value;

use super::{CallAnswered, CallEnded, CallStarted, ToolExecuted, TranscriptionUpdate};
use crate::{envelope::Envelope, event_type::EventType, validate::Violation};

/// The body of an event, by type.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Of `call.started`.
    CallStarted(CallStarted),
    /// Of `call.answered`.
    CallAnswered(CallAnswered),
    /// Of `transcription.update`.
    TranscriptionUpdate(TranscriptionUpdate),
    /// Of `tool.executed`.
    ToolExecuted(ToolExecuted),
    /// Of `call.ended`.
    CallEnded(Box<CallEnded>),
    /// Of a type without a reader: nothing is read.
    Other,
}

impl Body {
    /// Reads the body of an event.
    pub fn read(event: &Value) -> Self {
        let envelope = Envelope::of(event);
        let body = envelope.body();
        match envelope.kind() {
            Some(EventType::CallStarted) => Body::CallStarted(CallStarted::read(body)),
            Some(EventType::CallAnswered) => Body::CallAnswered(CallAnswered::read(body)),
            Some(EventType::TranscriptionUpdate) => {
                Body::TranscriptionUpdate(TranscriptionUpdate::read(body))
            }
            Some(EventType::ToolExecuted) => Body::ToolExecuted(ToolExecuted::read(body)),
            Some(EventType::CallEnded) => Body::CallEnded(Box::new(CallEnded::read(body))),
            Some(EventType::Other(_)) | None => Body::Other,
        }
    }

    /// Members of unexpected types.
    pub fn warnings(&self) -> &[Violation] {
        match self {
            Body::CallStarted(body) => &body.warnings,
            Body::TranscriptionUpdate(body) => &body.warnings,
            Body::ToolExecuted(body) => &body.warnings,
            Body::CallEnded(body) => &body.warnings,
            Body::CallAnswered(_) | Body::Other => &[],
        }
    }
}
