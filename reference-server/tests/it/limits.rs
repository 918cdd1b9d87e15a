//! Bounds on connections, heads, bodies and answers.

use std::time::{Duration, Instant};

use hamsa_reference_server::auth::Auth;
use hamsa_reference_server::store::StoreTarget;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Receiver, Request, SECRET, deliver, event, read_reply, settings};

const HALF_HEAD: &[u8] = b"POST /webhook HTTP/1.1\r\nHost: x\r\n";

/// A delivery that leaves its connection open.
fn kept_open(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /webhook HTTP/1.1\r\nHost: x\r\nAuthorization: {SECRET}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn half_heads_do_not_hold_up_the_end() {
    let receiver = Receiver::start(settings()).await;
    let mut halves = Vec::new();
    for sent in [HALF_HEAD, b"P", b""] {
        let mut half = TcpStream::connect(receiver.address).await.unwrap();
        half.write_all(sent).await.unwrap();
        halves.push(half);
    }
    // One that was served before, and has begun anew.
    let request = kept_open(&event("call.ended", "c", "t").to_string());
    let mut kept = TcpStream::connect(receiver.address).await.unwrap();
    kept.write_all(request.as_bytes()).await.unwrap();
    assert!(kept.read(&mut [0; 1024]).await.unwrap() > 0);
    kept.write_all(HALF_HEAD).await.unwrap();
    halves.push(kept);
    // Seen by the receiver: an answer on another connection came after them.
    assert_eq!(receiver.get("/healthz").await.status, 200);
    let start = Instant::now();
    receiver.stop().await;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "the grace period is 10 s"
    );
}

#[tokio::test]
async fn a_head_has_its_time_and_a_kept_connection_has_more() {
    let mut settings = settings();
    settings.head_time = Duration::from_millis(200);
    let receiver = Receiver::start(settings).await;
    let mut half = TcpStream::connect(receiver.address).await.unwrap();
    half.write_all(HALF_HEAD).await.unwrap();
    let request = kept_open(&event("call.ended", "c", "t").to_string());
    let mut kept = TcpStream::connect(receiver.address).await.unwrap();
    let mut bytes = [0; 1024];
    for pause in [0, 600] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        kept.write_all(request.as_bytes()).await.unwrap();
        let read = kept.read(&mut bytes).await.unwrap();
        assert!(
            bytes[..read].starts_with(b"HTTP/1.1 200"),
            "after {pause} ms"
        );
    }
    let cut = tokio::time::timeout(Duration::from_secs(5), half.read(&mut bytes)).await;
    assert!(matches!(cut, Ok(Ok(0) | Err(_))), "{cut:?}");
    receiver.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let mut settings = settings();
    settings.max_connections = 2;
    let receiver = Receiver::start(settings).await;
    let first = TcpStream::connect(receiver.address).await.unwrap();
    let _second = TcpStream::connect(receiver.address).await.unwrap();
    let address = receiver.address;
    let third = tokio::spawn(async move { deliver(address, &event("call.ended", "c", "t")).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!third.is_finished());
    drop(first);
    assert_eq!(third.await.unwrap().status, 200);
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_in_flight_have_one_budget() {
    let receiver = Receiver::start(settings()).await;
    // 32 MiB in all: sixteen bodies of 2 MiB that lack their last byte fit, and next to nothing beside them.
    let mut stalled = JoinSet::new();
    for _ in 0..16 {
        let address = receiver.address;
        stalled.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let whole = kept_open(&" ".repeat(2 << 20));
            stream
                .write_all(&whole.as_bytes()[..whole.len() - 1])
                .await
                .unwrap();
            stream
        });
    }
    let stalled = stalled.join_all().await;
    let event = event("call.ended", "c", "t");
    let until = async |status| {
        for _ in 0..100 {
            let reply = receiver.deliver(&event).await;
            if reply.status == status {
                return reply;
            }
            // The last bytes, or the ends of connections, are on their way through the kernel.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {status}");
    };
    assert!(until(503).await.has_header("retry-after: 1"));
    drop(stalled);
    until(200).await;
    receiver.stop().await;
}

#[tokio::test]
async fn many_effects_come_in_pages_and_none_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut on_disk = settings();
    on_disk.store = StoreTarget::Sqlite(dir.path().join("events.db"));
    for settings in [settings(), on_disk] {
        let receiver = Receiver::start(settings).await;
        let id = |n: usize| format!("c{n:05}");
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        // More than two pages.
        let count = 1_200;
        for n in 0..count {
            let request = kept_open(&event("call.ended", &id(n), "t").to_string());
            stream.write_all(request.as_bytes()).await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        }
        let effects = receiver.settled("", count).await;
        let found = effects.iter().map(|effect| effect["callId"].as_str());
        assert!(
            found.eq((0..count)
                .map(id)
                .collect::<Vec<_>>()
                .iter()
                .map(|id| Some(id.as_str())))
        );
        receiver.stop().await;
    }
}

#[tokio::test]
async fn effects_are_not_shown_to_a_page_that_had_its_name_pointed_here() {
    for auth in [settings().auth, Auth::Nobody] {
        let is_open = matches!(auth, Auth::Nobody);
        let mut settings = settings();
        settings.auth = auth;
        let receiver = Receiver::start(settings).await;
        for path in ["/effects", "/calls/c"] {
            for (host, secret, status) in [
                ("evil.example", "", if is_open { 403 } else { 401 }),
                ("localhost:1", "", 200),
                ("evil.example", SECRET, if is_open { 403 } else { 200 }),
            ] {
                let request = format!(
                    "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {secret}\r\nConnection: close\r\n\r\n"
                );
                let mut stream = TcpStream::connect(receiver.address).await.unwrap();
                stream.write_all(request.as_bytes()).await.unwrap();
                let found = match read_reply(&mut stream).await.status {
                    404 => 200,
                    status => status,
                };
                assert_eq!(found, status, "{path} {host} {secret}");
            }
        }
        receiver.stop().await;
    }
}

/// RFC 8259 allows what no double and no Unicode text can hold; the event is real all the same.
#[tokio::test]
async fn an_event_with_half_a_character_or_a_huge_number_has_its_effect() {
    let receiver = Receiver::start(settings()).await;
    let with = |call_id: &str, text: &str| {
        let event = event("transcription.update", call_id, "t").to_string();
        event.replace(r#""data":{}"#, &format!(r#""data":{{"text":{text}}}"#))
    };
    for (call_id, text, effect) in [
        ("half", r#""cut \ud83d""#, json!("cut \u{fffd}")),
        ("pair", r#""\ud83d\ude00""#, json!("😀")),
        ("huge", "1e400", Value::from("1e400")),
    ] {
        let body = with(call_id, text);
        let request = Request {
            body: body.as_bytes(),
            ..Request::default()
        };
        assert_eq!(
            receiver.send(request).await.body,
            r#"{"received":true}"#,
            "{body}"
        );
        let effects = receiver.settled(call_id, 1).await;
        let found = &effects[0]["data"]["text"];
        // The reader of transcripts takes only texts for a text.
        assert!(*found == effect || call_id == "huge", "{found}");
    }
    let deep = with("deep", &("[".repeat(200) + &"]".repeat(200)));
    let request = Request {
        body: deep.as_bytes(),
        ..Request::default()
    };
    assert_eq!(receiver.send(request).await.status, 400);
    receiver.stop().await;
}
