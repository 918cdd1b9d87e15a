//! The pages as they are rendered, a tag per line.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hamsa_schemas::IdempotencyKey;
use maud::Markup;
use serde_json::{Value, json};

use super::{Overview, Row, call, message, overview};
use crate::call::Call;
use crate::manage::figures::Figures;
use crate::manage::keeper::Known;
use crate::store::{DeadLetter, Depth, EffectRecord, Task};

const HOSTILE: &str = "\"><b>&'\u{202e}\0";

fn effects(call_id: &str, events: &[(&str, Value)]) -> Vec<EffectRecord> {
    let effect = |(n, (event_type, inner)): (usize, &(&str, Value))| {
        let event = json!({"eventType": event_type, "callId": call_id,
            "timestamp": format!("2026-03-02T09:00:0{n}.000Z"), "data": {"data": inner}});
        let effect = crate::handler::handle(&event).unwrap().unwrap();
        EffectRecord {
            key: IdempotencyKey::of(&event).unwrap(),
            kind: effect.kind.to_owned(),
            data: effect.data,
        }
    };
    events.iter().enumerate().map(effect).collect()
}

fn whole_call() -> Vec<EffectRecord> {
    effects(
        HOSTILE,
        &[
            (
                "call.started",
                json!({"callDirection": "inbound", "fromNumber": "+12025550102", "toNumber": null,
                    "params": {"application_id": "42"}}),
            ),
            ("call.answered", json!({})),
            (
                "transcription.update",
                json!({"speaker": "user", "text": "مرحبا 👋", "confidence": 0.9}),
            ),
            (
                "tool.executed",
                json!({"toolName": "lookup", "input": {"q": [HOSTILE]}, "output": null,
                    "duration": 12}),
            ),
            (
                "call.ended",
                json!({"callDuration": 125, "conversationId": "",
                    "conversationRecording": "https://r.example/x.mp3?sig=%2F&a=\"",
                    "transcription": [{"Agent": HOSTILE}, {"User": "one\ntwo"}, {"Narrator": ""}],
                    "outcomeResult": {"intent": "order_status", "resolved": false, "sentiment_score": 0}}),
            ),
        ],
    )
}

fn lines(page: Markup) -> String {
    page.into_string().replace("><", ">\n<")
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn a_call() {
    let whole = Call::of(&whole_call()).unwrap();
    insta::assert_snapshot!(lines(call(&whole, true)));
}

#[test]
fn a_call_that_has_only_rung() {
    let started = effects("c", &[("call.started", json!({}))]);
    insta::assert_snapshot!(lines(call(&Call::of(&started).unwrap(), false)));
}

#[test]
fn the_overview() {
    let mut figures = Figures::default();
    figures.add(&whole_call());
    let outcomes = [
        json!({"intent": "buy", "resolved": true}),
        json!({"intent": null}),
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let ended = json!({"outcomeResult": outcome, "callDuration": 10});
        figures.add(&effects(&n.to_string(), &[("call.ended", ended)]));
    }
    let letter = DeadLetter {
        id: 7,
        task: Task::Email,
        key: whole_call().remove(0).key,
        attempts: 8,
        reason: "550 no such mailbox".to_owned(),
    };
    insta::assert_snapshot!(lines(overview(&Overview {
        now: at(1_772_442_020),
        oldest: Some(Duration::from_millis(4_200)),
        depth: Some(Depth {
            pending: 3,
            deliveries: 2,
            dead: 1,
            oldest_ms: Some(0),
        }),
        letters: Some(vec![letter]),
        calls: Some(vec![
            Row::of(Call::of(&whole_call()).unwrap()),
            Row::without_effects("..".to_owned()),
        ]),
        known: Some(Known {
            figures: Arc::new(figures),
            as_of: at(1_772_442_015),
        }),
    })));
}

#[test]
fn the_overview_without_a_store() {
    insta::assert_snapshot!(lines(overview(&Overview {
        now: at(0),
        oldest: None,
        depth: None,
        letters: None,
        calls: None,
        known: None,
    })));
}

#[test]
fn a_message() {
    insta::assert_snapshot!(lines(message("Not found", "There is no such page.")));
}
