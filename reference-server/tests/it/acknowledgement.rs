//! Every answer, and that refused bodies leave nothing behind.

use serde_json::{Value, json};

use crate::support::{Receiver, Request, event, settings};

#[tokio::test]
async fn accepted_duplicate_and_unknown_type() {
    let receiver = Receiver::start(settings()).await;
    let known = event("call.ended", "c", "t");
    for (event, body) in [
        (&known, json!({"received": true})),
        (&known, json!({"received": true, "duplicate": true})),
        (
            &event("call.transferred", "c", "t"),
            json!({"received": true, "warning": "Unknown event type"}),
        ),
        (
            &event("test", "test-123", "t"),
            json!({"received": true, "warning": "Unknown event type"}),
        ),
    ] {
        let reply = receiver.deliver(event).await;
        assert_eq!((reply.status, reply.json()), (200, body));
        assert!(reply.has_header("content-type: application/json"));
    }
    // Unknown types are kept, not acted on.
    let effects = receiver.settled("", 1).await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0]["eventType"], "call.ended");
    receiver.stop().await;
}

#[tokio::test]
async fn invalid_bodies_get_400_with_details_and_do_not_use_up_the_key() {
    let receiver = Receiver::start(settings()).await;
    let valid = event("call.ended", "c", "t").to_string();
    let without = |name: &str| {
        let mut event = event("call.ended", "c", "t");
        event.as_object_mut().unwrap().remove(name);
        event.to_string().into_bytes()
    };
    let with = |name: &str, value: Value| {
        let mut event = event("call.ended", "c", "t");
        event[name] = value;
        event.to_string().into_bytes()
    };
    let mut bodies = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{\"test\": true}".to_vec(),
        b"\xff\xfe{}".to_vec(),
        "[".repeat(100_000).into_bytes(),
        format!("{{\"a\":{}", "[".repeat(100_000)).into_bytes(),
        format!("{valid}{valid}").into_bytes(),
        valid.replace(":\"c\"", ":\"\\ud800\"").into_bytes(),
        valid.as_bytes()[..valid.len() - 1].to_vec(),
    ];
    for name in ["callId", "eventType", "timestamp"] {
        bodies.push(without(name));
        for value in [json!(null), json!(7), json!([]), json!({}), json!("")] {
            bodies.push(with(name, value));
        }
    }
    for body in &bodies {
        let reply = receiver
            .send(Request {
                body,
                ..Request::default()
            })
            .await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]);
        assert_eq!(reply.status, 400, "{shown}");
        assert_eq!(reply.json()["error"], "Invalid payload");
        let detail = &reply.json()["details"][0];
        assert!(
            detail["pointer"].is_string() && detail["message"].is_string(),
            "{shown}"
        );
    }
    let reply = receiver
        .send(Request {
            body: valid.as_bytes(),
            ..Request::default()
        })
        .await;
    assert_eq!(reply.json(), json!({"received": true}));
    assert_eq!(receiver.settled("", 1).await.len(), 1);
    receiver.stop().await;
}

#[tokio::test]
async fn only_the_three_key_members_are_required() {
    let receiver = Receiver::start(settings()).await;
    for (n, data) in [json!(null), json!([]), json!("x"), json!({"data": null})]
        .iter()
        .enumerate()
    {
        let event = json!({"eventType": "call.ended", "callId": "c", "timestamp": n.to_string(),
            "data": data, "unknown": {"deep": [1, {"x": null}]}});
        assert_eq!(receiver.deliver(&event).await.status, 200, "{data}");
    }
    let bare = json!({"eventType": "call.ended", "callId": "c", "timestamp": "bare"});
    assert_eq!(receiver.deliver(&bare).await.status, 200);
    assert_eq!(receiver.settled("c", 5).await.len(), 5);
    receiver.stop().await;
}

#[tokio::test]
async fn other_methods_get_405_and_have_no_effect() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "c", "t").to_string();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let reply = receiver
            .send(Request {
                method,
                body: body.as_bytes(),
                ..Request::default()
            })
            .await;
        assert_eq!(reply.status, 405, "{method}");
        let allow = reply.head.lines().filter(|line| line.starts_with("allow:"));
        assert_eq!(allow.collect::<Vec<_>>(), ["allow: POST"], "{method}");
    }
    assert!(receiver.effects("").await.is_empty());
    assert_eq!(receiver.get("/nowhere").await.status, 404);
    receiver.stop().await;
}

#[tokio::test]
async fn the_size_limit_is_told_and_a_mebibyte_passes() {
    let receiver = Receiver::start(settings()).await;
    let big = |bytes: usize| {
        let mut event = event("call.ended", "c", "t");
        event["data"]["data"]["note"] = Value::from("x".repeat(bytes));
        event.to_string().into_bytes()
    };
    let reply = receiver
        .send(Request {
            body: &big(3 << 20),
            ..Request::default()
        })
        .await;
    assert_eq!(
        (reply.status, &reply.json()["limitBytes"]),
        (413, &json!(2 << 20))
    );
    let reply = receiver
        .send(Request {
            body: &big(1 << 20),
            ..Request::default()
        })
        .await;
    assert_eq!(reply.json(), json!({"received": true}));
    receiver.stop().await;
}

#[tokio::test]
async fn health_is_told() {
    let mut settings = settings();
    settings.workers = 0;
    let receiver = Receiver::start(settings).await;
    receiver.deliver(&event("call.ended", "c", "t")).await;
    assert_eq!(receiver.get("/healthz").await.status, 200);
    let ready = receiver.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["pending"]), (200, &json!(1)));
    receiver.stop().await;
}
