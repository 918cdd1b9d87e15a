//! What the handlers understood, read over HTTP.

use serde_json::{Value, json};

use crate::support::{Receiver, settings};

fn whole_call() -> Vec<Value> {
    let event = |event_type: &str, timestamp: &str, data: Value| {
        json!({"eventType": event_type, "callId": "call_uuid_12345", "timestamp": timestamp,
            "projectId": "p", "agentId": "a", "agentName": "n", "data": data})
    };
    vec![
        event(
            "call.started",
            "t1",
            json!({"callStartedAt": "t0", "data": {
            "callDirection": "inbound", "fromNumber": "+1", "toNumber": null, "params": {"application_id": "42"}}}),
        ),
        event("call.answered", "t2", json!({"data": {"ringDuration": 3}})),
        event(
            "transcription.update",
            "t3",
            json!({"data": {
            "speaker": "user", "text": "مرحبا 👋", "confidence": 0.9}}),
        ),
        event(
            "tool.executed",
            "t4",
            json!({"data": {
            "toolName": "lookup", "input": {"q": [1]}, "output": null, "duration": 12}}),
        ),
        event(
            "call.ended",
            "t5",
            json!({"timestamp": "t9", "data": {
            "conversationId": "v", "conversationRecording": "https://r/x.mp3?sig=%2F",
            "transcription": [{"Agent": "hello"}, {}, {"User": "hi"}], "callDuration": 125,
            "outcomeResult": {"application_id": "42", "resolved": null, "sentiment_score": 0, "deep": {"a": [1]}}}}),
        ),
    ]
}

#[tokio::test]
async fn one_record_per_event_with_its_own_kind() {
    let receiver = Receiver::start(settings()).await;
    for event in whole_call() {
        receiver.deliver(&event).await;
    }
    let effects = receiver.settled("call_uuid", 5).await;
    let of = |kind: &str| {
        let found: Vec<_> = effects
            .iter()
            .filter(|effect| effect["kind"] == kind)
            .collect();
        assert_eq!(found.len(), 1, "{kind}");
        found[0]["data"].clone()
    };
    let started = json!({"direction": "inbound", "fromNumber": "+1", "toNumber": null,
        "params": {"application_id": "42"}, "startedAt": "t0"});
    assert_eq!(of("call_started"), started);
    assert_eq!(of("call_answered"), json!({"details": {"ringDuration": 3}}));
    let said = json!({"speaker": "user", "text": "مرحبا 👋", "confidence": 0.9});
    assert_eq!(of("utterance"), said);
    assert_eq!(of("tool_run")["input"], json!({"q": [1]}));
    assert_eq!(of("call_ended")["outcome"]["resolved"], Value::Null);
    let by_id = receiver.get("/effects?callId=call_uuid_12345").await.json();
    assert_eq!(by_id["effects"].as_array().unwrap().len(), 5);
    let other = receiver.get("/effects?callId=call_uuid").await.json();
    assert_eq!(other["effects"], json!([]));
    receiver.stop().await;
}

#[tokio::test]
async fn any_order_gives_the_same_call() {
    let mut records = Vec::new();
    for turn in 0..5 {
        let receiver = Receiver::start(settings()).await;
        let mut events = whole_call();
        events.rotate_left(turn);
        if turn % 2 == 1 {
            events.reverse();
        }
        for event in events {
            receiver.deliver(&event).await;
        }
        receiver.settled("", 5).await;
        records.push(receiver.get("/calls/call_uuid_12345").await.json());
        receiver.stop().await;
    }
    assert!(records.windows(2).all(|pair| pair[0] == pair[1]));
    let call = &records[0];
    assert_eq!(call["status"], "ended");
    assert_eq!(
        (&call["startedAt"], &call["endedAt"]),
        (&json!("t0"), &json!("t9"))
    );
    assert_eq!(
        call["transcript"],
        json!([{"Agent": "hello"}, {"User": "hi"}])
    );
    let outcome =
        json!({"application_id": "42", "resolved": null, "sentiment_score": 0, "deep": {"a": [1]}});
    assert_eq!(call["outcome"], outcome);
    assert_eq!(call["toolRuns"][0]["toolName"], "lookup");
    assert_eq!(call["recordingUrl"], "https://r/x.mp3?sig=%2F");
}

#[tokio::test]
async fn any_query_is_answered() {
    let receiver = Receiver::start(settings()).await;
    for (query, status) in [
        ("?prefix=%00%ff%27%22%25", 200),
        ("?prefix=", 200),
        ("?callId=%F0%9F%91%8B", 200),
        ("?prefix=a&callId=b", 400),
        ("?prefix=%zz", 200),
        ("?prefix=a&unknown=1", 400),
        ("?callID=a", 400),
        ("?callId=a&callId=b", 400),
    ] {
        assert_eq!(
            receiver.get(&format!("/effects{query}")).await.status,
            status,
            "{query}"
        );
    }
    assert_eq!(receiver.get("/calls/%00%27").await.status, 404);
    receiver.stop().await;
}
