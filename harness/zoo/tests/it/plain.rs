//! The correct receiver, point by point.

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::{CREDENTIAL, Subject, event, head, post};

#[tokio::test]
async fn an_event_is_acknowledged_once_done_and_recognised_again() {
    let plain = Subject::start("plain").await;
    let body = event("call.ended", "c 1/é");
    let first = plain.deliver(&body).await;
    assert_eq!(
        (first.status, first.json()),
        (200, json!({ "received": true }))
    );
    let second = plain.deliver(&body).await;
    assert_eq!(
        (second.status, second.json()),
        (200, json!({ "received": true, "duplicate": true }))
    );
    let effects = plain.effects("c%201%2F%C3%A9").await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0]["eventType"], "call.ended");
    assert_eq!(effects[0]["data"]["data"]["outcomeResult"]["reply"], "نعم");
}

#[tokio::test]
async fn concurrent_copies_have_one_effect() {
    let plain = Subject::start("plain").await;
    let body = event("call.ended", "c1");
    let copies: Vec<_> = (0..32)
        .map(|_| {
            let body = body.clone();
            tokio::spawn(async move { plain.deliver(&body).await.status })
        })
        .collect();
    for copy in copies {
        assert_eq!(copy.await.unwrap(), 200);
    }
    assert_eq!(plain.effects("c1").await.len(), 1);
}

#[tokio::test]
async fn each_component_of_the_key_counts() {
    let plain = Subject::start("plain").await;
    let text = String::from_utf8(event("call.ended", "c1")).unwrap();
    for body in [
        text.clone(),
        text.replace("call.ended", "call.started"),
        text.replace("12:00:00.000Z", "12:00:00.001Z"),
        text.replace("12:00:00.000Z", "12:00:00Z"),
    ] {
        assert_eq!(
            plain.deliver(body.as_bytes()).await.json(),
            json!({ "received": true })
        );
    }
    assert_eq!(plain.effects("c1").await.len(), 4);
}

#[tokio::test]
async fn a_wrong_credential_is_refused_whatever_the_body() {
    let plain = Subject::start("plain").await;
    let good = event("call.ended", "c1");
    for body in [good.as_slice(), b"", b"{", &b"x".repeat(100_000)] {
        for with_wrong_one in [false, true] {
            let answer = plain.intrude(with_wrong_one, body).await;
            assert_eq!(answer.status, 401);
            assert!(answer.head.contains("WWW-Authenticate: Bearer"));
        }
    }
    let twice = format!(
        "Authorization: {CREDENTIAL}\r\nContent-Length: {}\r\n",
        good.len()
    );
    let request = [head("POST", Some(CREDENTIAL), &twice), good.clone()].concat();
    assert_eq!(plain.connect().await.exchange(&request).await.status, 401);
    assert!(plain.effects("c1").await.is_empty());
    assert_eq!(
        plain.deliver(&good).await.json(),
        json!({ "received": true })
    );
}

#[tokio::test]
async fn one_connection_serves_good_bad_and_good() {
    let plain = Subject::start("plain").await;
    let mut connection = plain.connect().await;
    let mut statuses = Vec::new();
    for (credential, call) in [
        (CREDENTIAL, "c1"),
        ("Bearer wrong", "c2"),
        (CREDENTIAL, "c3"),
    ] {
        let request = post(Some(credential), &event("call.ended", call));
        statuses.push(connection.exchange(&request).await.status);
    }
    assert_eq!(statuses, [200, 401, 200]);
}

#[tokio::test]
async fn chunked_bodies_are_read_and_leave_the_connection_usable() {
    let plain = Subject::start("plain").await;
    let mut connection = plain.connect().await;
    for size in [1, 7, 4096] {
        let call = format!("c{size}");
        let mut request = head("POST", Some(CREDENTIAL), "Transfer-Encoding: chunked\r\n");
        for chunk in event("call.ended", &call).chunks(size) {
            request.extend(format!("{:x};x=y\r\n", chunk.len()).into_bytes());
            request.extend(chunk);
            request.extend(b"\r\n");
        }
        request.extend(b"0\r\nTrailer: t\r\n\r\n");
        assert_eq!(connection.exchange(&request).await.status, 200);
        assert_eq!(plain.effects(&call).await.len(), 1);
    }
}

#[tokio::test]
async fn malformed_bodies_are_refused_and_use_up_no_key() {
    let plain = Subject::start("plain").await;
    let good = event("call.ended", "c1");
    let text = String::from_utf8(good.clone()).unwrap();
    let mut connection = plain.connect().await;
    for body in [
        Vec::new(),
        good[..1].to_vec(),
        good[..good.len() - 1].to_vec(),
        b"null".to_vec(),
        [b"[", good.as_slice(), b"]"].concat(),
        text.replace("\"c1\"", "\"\"").into_bytes(),
        text.replace("\"c1\"", "7").into_bytes(),
        text.replace("callId", "callid").into_bytes(),
        "[".repeat(100_000).into_bytes(),
        [good.as_slice(), b" {}"].concat(),
        b"{\"callId\":\"\xff\"}".to_vec(),
    ] {
        let answer = connection.exchange(&post(Some(CREDENTIAL), &body)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "Invalid payload");
    }
    assert_eq!(
        plain.deliver(&good).await.json(),
        json!({ "received": true })
    );
    assert_eq!(plain.effects("c1").await.len(), 1);
}

#[tokio::test]
async fn unknown_types_are_acknowledged_without_an_effect() {
    let plain = Subject::start("plain").await;
    let answer = plain.deliver(&event("call.transferred", "c1")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["warning"], "Unknown event type");
    assert!(plain.effects("c1").await.is_empty());
}

#[tokio::test]
async fn other_methods_and_paths_deliver_nothing() {
    let plain = Subject::start("plain").await;
    let body = event("call.ended", "c1");
    let length = format!("Content-Length: {}\r\n", body.len());
    let mut connection = plain.connect().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
        let request = [head(method, Some(CREDENTIAL), &length), body.clone()].concat();
        assert_eq!(connection.exchange(&request).await.status, 405, "{method}");
    }
    let elsewhere = b"POST /webhook/ HTTP/1.1\r\nHost: zoo\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(connection.exchange(elsewhere).await.status, 404);
    assert!(plain.effects("c1").await.is_empty());
}

#[tokio::test]
async fn too_large_a_body_is_refused_before_it_is_sent() {
    let plain = Subject::start("plain").await;
    let mut connection = plain.connect().await;
    let lines = "Content-Length: 67108864\r\nExpect: 100-continue\r\n";
    let answer = connection
        .exchange(&head("POST", Some(CREDENTIAL), lines))
        .await;
    assert_eq!(answer.status, 413);
    assert!(answer.head.contains("Connection: close"));
}

#[tokio::test]
async fn a_sender_that_pushes_too_large_a_body_still_reads_its_answer() {
    let plain = Subject::start("plain").await;
    let mut connection = plain.connect().await;
    let body = vec![b' '; 16 * 1024 * 1024];
    assert_eq!(
        connection
            .exchange(&post(Some(CREDENTIAL), &body))
            .await
            .status,
        413
    );
    assert_eq!(plain.deliver(&event("call.ended", "c1")).await.status, 200);
}

#[tokio::test]
async fn a_sender_that_waits_for_100_is_told_to_go_on() {
    let plain = Subject::start("plain").await;
    let mut connection = plain.connect().await;
    let body = event("call.ended", "c1");
    let lines = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", body.len());
    let first = connection
        .exchange(&head("POST", Some(CREDENTIAL), &lines))
        .await;
    assert_eq!(first.status, 100);
    assert_eq!(connection.exchange(&body).await.status, 200);
}

#[tokio::test]
async fn half_closed_connections_get_their_answer() {
    let plain = Subject::start("plain").await;
    let mut connection = plain.connect().await;
    connection
        .send(&post(Some(CREDENTIAL), &event("call.ended", "c1")))
        .await;
    connection.stream.shutdown().await.unwrap();
    assert_eq!(connection.answer(false).await.status, 200);
}

#[tokio::test]
async fn an_aborted_body_has_no_effect() {
    let plain = Subject::start("plain").await;
    let request = post(Some(CREDENTIAL), &event("call.ended", "c1"));
    let mut connection = plain.connect().await;
    connection.send(&request[..request.len() - 1]).await;
    connection.stream.shutdown().await.unwrap();
    assert_eq!(connection.answer(false).await.status, 400);
    assert!(plain.effects("c1").await.is_empty());
}
