//! R2: one effect per key, however often and however closely together it is delivered.

use hamsa_reference_server::Settings;
use hamsa_reference_server::store::StoreTarget;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Receiver, Request, deliver, event, settings};

fn sqlite(dir: &tempfile::TempDir) -> Settings {
    let mut settings = settings();
    settings.store = StoreTarget::Sqlite(dir.path().join("events.db"));
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_copies_have_one_effect_and_one_first() {
    let dir = tempfile::tempdir().unwrap();
    for settings in [settings(), sqlite(&dir)] {
        let receiver = Receiver::start(settings).await;
        for round in 0..8 {
            let event = event("call.ended", &format!("race-{round}-"), "t");
            let mut copies = JoinSet::new();
            for _ in 0..32 {
                let (address, event) = (receiver.address, event.clone());
                copies.spawn(async move { deliver(address, &event).await });
            }
            let replies = copies.join_all().await;
            assert!(
                replies.iter().all(|reply| reply.status == 200),
                "{replies:?}"
            );
            let first = replies
                .iter()
                .filter(|reply| reply.json()["duplicate"].is_null())
                .count();
            assert_eq!(first, 1);
        }
        let effects = receiver.settled("race-", 8).await;
        assert_eq!(effects.len(), 8);
        receiver.stop().await;
    }
}

#[tokio::test]
async fn other_bytes_of_the_same_event_are_a_duplicate() {
    let receiver = Receiver::start(settings()).await;
    let first = r#"{"eventType":"call.ended","callId":"abc","timestamp":"t","data":{"n":1}}"#;
    let copies = [
        r#"{"timestamp":"t","callId":"abc","data":{"n":1.0},"eventType":"call.ended"}"#,
        "{ \"eventType\": \"call.ended\",\n \"callId\": \"\\u0061bc\", \"timestamp\": \"t\" }",
    ];
    for (body, is_first) in [(first, true), (copies[0], false), (copies[1], false)] {
        let reply = receiver
            .send(Request {
                body: body.as_bytes(),
                ..Request::default()
            })
            .await;
        assert_eq!(
            (reply.status, reply.json()["duplicate"].is_null()),
            (200, is_first),
            "{body}"
        );
    }
    assert_eq!(receiver.settled("abc", 1).await.len(), 1);
    receiver.stop().await;
}

#[tokio::test]
async fn every_part_of_the_key_counts() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(sqlite(&dir)).await;
    let long = "x".repeat(300);
    let keys = [
        ("call.ended", "k", "2024-01-15T14:35:00.000Z"),
        ("call.ended", "k", "2024-01-15T14:35:00.001Z"),
        ("call.ended", "k", "2024-01-15T14:35:00Z"),
        ("call.started", "k", "2024-01-15T14:35:00.000Z"),
        ("call.ended", "K", "2024-01-15T14:35:00.000Z"),
        ("call.ended", "k ", "2024-01-15T14:35:00.000Z"),
        ("call.ended", "k\u{0}", "2024-01-15T14:35:00.000Z"),
        ("call.ended", &format!("{long}a"), "t"),
        ("call.ended", &format!("{long}b"), "t"),
        (
            "call.ended",
            "../'\"; DROP TABLE event;--\r\n${jndi:x}",
            "t",
        ),
    ];
    for (event_type, call_id, timestamp) in keys {
        for expected in [
            json!({"received": true}),
            json!({"received": true, "duplicate": true}),
        ] {
            let reply = receiver
                .deliver(&event(event_type, call_id, timestamp))
                .await;
            assert_eq!(reply.json(), expected, "{call_id}");
        }
    }
    let effects = receiver.settled("", keys.len()).await;
    assert_eq!(effects.len(), keys.len());
    for (event_type, call_id, timestamp) in keys {
        let is_it = |effect: &serde_json::Value| {
            effect["callId"] == call_id
                && effect["eventType"] == event_type
                && effect["timestamp"] == timestamp
        };
        assert_eq!(
            effects.iter().filter(|effect| is_it(effect)).count(),
            1,
            "{call_id}"
        );
    }
    receiver.stop().await;
}
