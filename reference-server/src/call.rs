//! The record of a phone call: a fold over its effects.
//!
//! Nothing of it is stored, so it cannot disagree with the effects, and the order in which events came cannot
//! matter: `call.ended` first or alone gives the same final record (D-08). A second `call.ended` of one call
//! leaves its effect but does not change the record.

use serde::Serialize;
use serde_json::Value;

use crate::handler::kind;
use crate::store::EffectRecord;

/// What is known about one call. Absent members are unknown; null ones were given as null.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The call.
    pub call_id: String,
    /// How far the call got.
    pub status: Status,
    /// `inbound`, `outbound`, or whatever was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Value>,
    /// The caller's number; from `call.started`, else from `call.ended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_number: Option<Value>,
    /// The called number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_number: Option<Value>,
    /// The custom parameters of the initiation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Value>,
    /// `callStartedAt`, else the time of `call.started`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Value>,
    /// The time of `call.answered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Value>,
    /// `data.timestamp` of `call.ended`, else that event's own time (G-EVT-08).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Value>,
    /// Length in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<Value>,
    /// Hamsa's id of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<Value>,
    /// Where the recording is; stored, never fetched (G-EVT-11, D-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_url: Option<Value>,
    /// The final transcript as `{speaker: text}` in order: `call.ended`'s list, never the updates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Value>,
    /// Echoed parameters and outcomes, types kept (G-EVT-16).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Value>,
    /// What was said while the call ran, by event time.
    pub utterances: Vec<Value>,
    /// Tools that ran, by event time.
    pub tool_runs: Vec<Value>,
}

/// How far a call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Only events without a place in the call's life came so far.
    Unknown,
    /// It rings.
    Started,
    /// Somebody answered.
    Answered,
    /// It is over.
    Ended,
}

impl Call {
    /// Folds the effects of one call, in key order as stores give them; `None` without any.
    #[must_use]
    pub fn of(effects: &[EffectRecord]) -> Option<Self> {
        // Of several effects of a kind the one with the first timestamp counts, whichever came first.
        let first = |kind| effects.iter().find(|effect| effect.kind == kind);
        let started = first(kind::CALL_STARTED);
        let answered = first(kind::CALL_ANSWERED);
        let ended = first(kind::CALL_ENDED);
        let member = |effect: Option<&EffectRecord>, name| effect?.data.get(name).cloned();
        let time =
            |effect: Option<&EffectRecord>| Some(Value::from(effect?.key.timestamp.as_str()));
        let given = |value: Option<Value>| value.filter(|value| !value.is_null());
        let listed = |kind| {
            let of_kind = effects.iter().filter(move |effect| effect.kind == kind);
            of_kind.map(with_time).collect()
        };
        Some(Self {
            call_id: effects.first()?.key.call_id.clone(),
            status: match (started, answered, ended) {
                (_, _, Some(_)) => Status::Ended,
                (_, Some(_), None) => Status::Answered,
                (Some(_), None, None) => Status::Started,
                (None, None, None) => Status::Unknown,
            },
            direction: member(started, "direction"),
            from_number: given(member(started, "fromNumber")).or(member(ended, "fromNumber")),
            to_number: member(started, "toNumber"),
            params: member(started, "params"),
            started_at: given(member(started, "startedAt")).or(time(started)),
            answered_at: time(answered),
            ended_at: given(member(ended, "endedAt")).or(time(ended)),
            duration_seconds: member(ended, "durationSeconds"),
            conversation_id: member(ended, "conversationId"),
            recording_url: member(ended, "recordingUrl"),
            transcript: member(ended, "transcript"),
            outcome: member(ended, "outcome"),
            utterances: listed(kind::UTTERANCE),
            tool_runs: listed(kind::TOOL_RUN),
        })
    }
}

fn with_time(effect: &EffectRecord) -> Value {
    let mut data = effect.data.clone();
    if let Some(members) = data.as_object_mut() {
        members.insert("timestamp".to_owned(), effect.key.timestamp.as_str().into());
    }
    data
}

#[cfg(test)]
mod tests {
    use hamsa_schemas::IdempotencyKey;
    use serde_json::json;

    use super::*;

    fn effect(event_type: &str, timestamp: &str, inner: &Value) -> EffectRecord {
        let event = json!({"eventType": event_type, "callId": "c", "timestamp": timestamp,
            "data": {"data": inner}});
        let effect = crate::handler::handle(&event).unwrap().unwrap();
        let key = IdempotencyKey::of(&event).unwrap();
        EffectRecord {
            key,
            kind: effect.kind.to_owned(),
            data: effect.data,
        }
    }

    #[test]
    fn call_ended_alone_gives_a_final_record() {
        let ended = effect(
            "call.ended",
            "t9",
            &json!({"fromNumber": "+1", "outcomeResult": {"a": null}}),
        );
        let call = Call::of(&[ended]).unwrap();
        assert_eq!(call.status, Status::Ended);
        assert_eq!(call.from_number, Some(json!("+1")));
        assert_eq!(call.ended_at, Some(json!("t9")));
        assert_eq!(call.outcome, Some(json!({"a": null})));
        assert_eq!(call.started_at, None);
    }

    #[test]
    fn a_second_call_ended_does_not_change_the_record() {
        let first = effect("call.ended", "t1", &json!({"conversationId": "one"}));
        let second = effect("call.ended", "t2", &json!({"conversationId": "two"}));
        let call = Call::of(&[first, second]).unwrap();
        assert_eq!(call.conversation_id, Some(json!("one")));
    }

    #[test]
    fn the_final_transcript_is_not_built_from_updates() {
        let said = effect(
            "transcription.update",
            "t1",
            &json!({"speaker": "user", "text": "hel"}),
        );
        let call = Call::of(&[said]).unwrap();
        assert_eq!((call.status, &call.transcript), (Status::Unknown, &None));
        assert_eq!(
            call.utterances,
            [json!({"speaker": "user", "text": "hel", "timestamp": "t1"})]
        );
        assert_eq!(Call::of(&[]), None);
    }
}
