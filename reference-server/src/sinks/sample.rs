//! Notices for tests, made as the receiver makes them: event, handler, fold.

use hamsa_schemas::IdempotencyKey;
use serde_json::{Value, json};

use crate::call::Call;
use crate::handler::handle;
use crate::sink::Notice;
use crate::store::{EffectRecord, Task};

fn effect(event: &Value) -> EffectRecord {
    let effect = handle(event).unwrap().unwrap();
    EffectRecord {
        key: IdempotencyKey::of(event).unwrap(),
        kind: effect.kind.to_owned(),
        data: effect.data,
    }
}

/// A notice of the last of these events, all of one call.
pub(super) fn notice(events: &[Value]) -> Notice {
    let effects: Vec<EffectRecord> = events.iter().map(effect).collect();
    let last = events.last().unwrap();
    let text = |name: &str| last[name].as_str().map(str::to_owned);
    let effect = effects.last().unwrap().clone();
    Notice {
        idempotency_key: Notice::key_for(&effect, Task::Crm),
        effect,
        agent_id: text("agentId"),
        agent_name: text("agentName"),
        call: Call::of(&effects).unwrap(),
        is_last_attempt: false,
    }
}

/// An event of the sample call.
pub(super) fn event(event_type: &str, inner: Value) -> Value {
    let mut event = json!({
        "eventType": event_type, "callId": "call_1", "timestamp": "2025-11-27T09:10:35.000Z",
        "projectId": "p", "agentId": "agent-123", "agentName": "Support Agent",
        "data": {},
    });
    event["data"]["data"] = inner;
    event
}

/// A notice of `call.ended`, and nothing before it.
pub(super) fn ended(inner: Value) -> Notice {
    notice(&[event("call.ended", inner)])
}

/// A notice of a call as the guide shows it.
pub(super) fn usual() -> Notice {
    notice(&[
        event(
            "call.started",
            json!({"callDirection": "inbound", "fromNumber": "+15551234567", "toNumber": "+15550000000"}),
        ),
        event(
            "call.ended",
            json!({
                "conversationId": "v1",
                "conversationRecording": "https://r.example/x.mp3?sig=a%2Fb&e=1",
                "callDuration": 125,
                "transcription": [{"Agent": "مرحبا، كيف أساعدك؟"}, {"User": "Where is my order?"}],
                "outcomeResult": {
                    "intent": "order_status", "sentiment_score": 0.8, "resolved": true,
                    "number_of_speakers": 2, "application_id": "42",
                },
            }),
        ),
    ])
}
