//! One pure function from an event to its effect, chosen by event type (G-EVT-02).
//!
//! A handler reads tolerantly and decides nothing about storage: the store applies its effect and the done mark
//! in one step. What the event lacks the effect lacks, and null stays null (A-45, G-EVT-13).

use hamsa_schemas::{
    Body, CallAnswered, CallEnded, CallStarted, Presence, ToolExecuted, TranscriptionUpdate,
};
use serde_json::{Map, Value, json};

use crate::store::Effect;

/// Kinds of effects, one per documented event type.
pub mod kind {
    /// Of `call.started`: direction, numbers, params, start time (G-EVT-03).
    pub const CALL_STARTED: &str = "call_started";
    /// Of `call.answered`: its members as they came.
    pub const CALL_ANSWERED: &str = "call_answered";
    /// Of `transcription.update`: speaker, text, confidence (G-EVT-04).
    pub const UTTERANCE: &str = "utterance";
    /// Of `tool.executed`: name, input, output, milliseconds (G-EVT-06).
    pub const TOOL_RUN: &str = "tool_run";
    /// Of `call.ended`: transcript, recording, outcome, end time (G-EVT-07…13).
    pub const CALL_ENDED: &str = "call_ended";
}

/// A handler could not do its work; the event is tried again.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The stored body is not the JSON that intake accepted.
    #[error("failed to read the stored body: {0}")]
    Body(#[from] serde_json::Error),
    /// The handler panicked.
    #[error("the handler panicked")]
    Panic,
    /// Something that the handler needs did not answer.
    #[error("{0}")]
    Unavailable(String),
}

/// What a worker calls with each event.
pub type Handler = dyn Fn(&Value) -> Result<Option<Effect>, HandlerError> + Send + Sync;

/// The reference handlers. An event of an unknown type is accepted and kept, but has no effect (G-ACK-05).
///
/// # Errors
///
/// None of its own: the tolerant readers turn every oddity into a warning.
pub fn handle(event: &Value) -> Result<Option<Effect>, HandlerError> {
    let body = Body::read(event);
    if !body.warnings().is_empty() {
        tracing::debug!(
            warnings = body.warnings().len(),
            "members of unexpected types"
        );
    }
    Ok(match body {
        Body::CallStarted(body) => Some(call_started(body)),
        Body::CallAnswered(body) => Some(call_answered(body)),
        Body::TranscriptionUpdate(body) => Some(utterance(body)),
        Body::ToolExecuted(body) => Some(tool_run(body)),
        Body::CallEnded(body) => Some(call_ended(*body)),
        Body::Other => None,
    })
}

fn call_started(body: CallStarted) -> Effect {
    let mut data = Data::default();
    data.put("direction", body.call_direction);
    data.put("fromNumber", body.from_number);
    data.put("toNumber", body.to_number);
    data.put("params", body.params);
    data.put("startedAt", body.call_started_at);
    data.into_effect(kind::CALL_STARTED)
}

fn call_answered(body: CallAnswered) -> Effect {
    let mut data = Data::default();
    data.put("details", Presence::Given(body.members));
    data.into_effect(kind::CALL_ANSWERED)
}

fn utterance(body: TranscriptionUpdate) -> Effect {
    let mut data = Data::default();
    data.put("speaker", body.speaker);
    data.put("text", body.text);
    data.put("confidence", body.confidence);
    data.into_effect(kind::UTTERANCE)
}

fn tool_run(body: ToolExecuted) -> Effect {
    let mut data = Data::default();
    data.put("toolName", body.tool_name);
    data.put("input", body.input);
    data.put("output", body.output);
    data.put("durationMs", body.duration_ms);
    data.into_effect(kind::TOOL_RUN)
}

fn call_ended(body: CallEnded) -> Effect {
    let turns = body
        .turns
        .into_iter()
        .map(|turn| json!({turn.speaker: turn.text}));
    let mut data = Data::default();
    data.put("endedAt", body.completed_at);
    data.put("fromNumber", body.from_number);
    data.put("durationSeconds", body.duration_s);
    data.put("conversationId", body.conversation_id);
    data.put("recordingUrl", body.recording_url);
    data.put("transcript", Presence::Given(turns.collect::<Vec<Value>>()));
    data.put("outcome", body.outcome.map(|outcome| outcome.fields));
    data.into_effect(kind::CALL_ENDED)
}

/// An object in the making that keeps absent, null and given apart.
#[derive(Default)]
struct Data(Map<String, Value>);

impl Data {
    fn put(&mut self, name: &str, value: Presence<impl Into<Value>>) {
        let value = match value {
            Presence::Absent => return,
            Presence::Null => Value::Null,
            Presence::Given(value) => value.into(),
        };
        self.0.insert(name.to_owned(), value);
    }

    fn into_effect(self, kind: &'static str) -> Effect {
        Effect {
            kind,
            data: Value::Object(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(event_type: &str, data: &Value) -> Option<Effect> {
        let event = json!({"eventType": event_type, "callId": "c", "timestamp": "t", "data": data});
        handle(&event).unwrap()
    }

    #[test]
    fn each_type_has_its_own_kind_and_unknown_types_none() {
        for (event_type, kind) in [
            ("call.started", kind::CALL_STARTED),
            ("call.answered", kind::CALL_ANSWERED),
            ("transcription.update", kind::UTTERANCE),
            ("tool.executed", kind::TOOL_RUN),
            ("call.ended", kind::CALL_ENDED),
        ] {
            assert_eq!(effect(event_type, &Value::Null).unwrap().kind, kind);
        }
        assert_eq!(effect("call.transferred", &json!({"data": {}})), None);
    }

    #[test]
    fn an_outcome_keeps_null_absent_zero_and_types() {
        let outcome = json!({"resolved": null, "sentiment_score": 0, "n": "2", "list": [1, {}]});
        let ended = effect("call.ended", &json!({"data": {"outcomeResult": outcome}})).unwrap();
        assert_eq!(ended.data["outcome"], outcome);
        for (result, expected) in [
            (json!({"outcomeResult": null}), Some(&Value::Null)),
            (json!({}), None),
        ] {
            let ended = effect("call.ended", &json!({"data": result})).unwrap();
            assert_eq!(ended.data.get("outcome"), expected);
        }
    }

    #[test]
    fn a_call_ended_is_read_from_the_inner_data() {
        let data = json!({"timestamp": "2025-11-27T09:10:35.000Z", "data": {
            "conversationId": "v1", "conversationRecording": "https://x/y.mp3?sig=a%2Fb", "callDuration": 0,
            "transcription": [{"Agent": "مرحبا"}, {}, {"User": "hi", "Agent": "ok"}]}});
        let ended = effect("call.ended", &data).unwrap().data;
        assert_eq!(ended["endedAt"], "2025-11-27T09:10:35.000Z");
        assert_eq!(ended["recordingUrl"], "https://x/y.mp3?sig=a%2Fb");
        assert_eq!(ended["durationSeconds"], 0.0);
        assert_eq!(
            ended["transcript"],
            json!([{"Agent": "مرحبا"}, {"User": "hi"}, {"Agent": "ok"}])
        );
    }
}
