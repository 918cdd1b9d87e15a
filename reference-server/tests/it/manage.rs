//! The management listener: metrics, dashboard, and who may read them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request as HttpRequest, StatusCode};
use hamsa_reference_server::auth::Auth;
use hamsa_reference_server::manage::manage;
use hamsa_reference_server::{AppState, Settings};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::child::command;
use crate::support::{Receiver, Reply, Request, SECRET, event, read_reply, settings};
use crate::unavailable::FullStore;

const ALERTS: &str = include_str!("../../monitoring/alerts.yml");

/// A receiver and where it is managed.
async fn managed(address: &str, settings: Settings) -> (Receiver, SocketAddr) {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let receiver = Receiver::start_managed("127.0.0.1:0", Some(listener), settings).await;
    (receiver, SocketAddr::from(([127, 0, 0, 1], port)))
}

async fn get(address: SocketAddr, path: &str, headers: &str) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    read_reply(&mut stream).await
}

async fn page(address: SocketAddr, path: &str) -> Reply {
    get(address, path, "Host: localhost\r\n").await
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn one_client_cannot_take_every_place() {
    let mut settings = settings();
    // So that no connection is closed for its silence.
    settings.head_time = Duration::from_secs(60);
    let (receiver, address) = managed("127.0.0.1:0", settings).await;
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    // It is over its client's share.
    let mut last = held.pop().unwrap();
    let read = timeout(Duration::from_secs(5), last.read(&mut [0])).await;
    assert!(matches!(read, Ok(Ok(0) | Err(_))), "{read:?}");
    let other = TcpSocket::new_v4().unwrap();
    other.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = other.connect(address).await.unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    other.write_all(request).await.unwrap();
    assert_eq!(read_reply(&mut other).await.status, 200);
    drop(held);
    receiver.stop().await;
}

#[tokio::test]
async fn what_happens_is_counted() {
    let (receiver, address) = managed("127.0.0.1:0", settings()).await;
    for event_type in ["call.ended", "call.ended", "call.transferred"] {
        receiver.deliver(&event(event_type, "c", "t")).await;
    }
    let stranger = Request {
        auth: &["Bearer wrong"],
        ..Request::default()
    };
    receiver.send(stranger).await;
    receiver.send(Request::default()).await;
    receiver.get("/webhook").await;
    let expected = [
        "hamsa_answers_total{answer=\"accepted\"} 1",
        "hamsa_answers_total{answer=\"duplicate\"} 1",
        "hamsa_answers_total{answer=\"unknown_type\"} 1",
        "hamsa_answers_total{answer=\"unauthorized\"} 1",
        "hamsa_answers_total{answer=\"invalid\"} 1",
        "hamsa_answers_total{answer=\"method_not_allowed\"} 1",
        "hamsa_answers_total{answer=\"unavailable\"} 0",
        "hamsa_ack_seconds_count 3",
        "hamsa_attempts_total{task=\"handle\",result=\"effect\"} 1",
        "hamsa_attempts_total{task=\"handle\",result=\"done\"} 1",
        "hamsa_store_up 1",
        "hamsa_pending_events 0",
        "hamsa_oldest_pending_seconds 0",
        "hamsa_pending_deliveries 0",
        "hamsa_dead_letters 0",
    ];
    let settled = async {
        loop {
            let metrics = page(address, "/metrics").await;
            assert_eq!(metrics.status, 200);
            let has = |line: &&str| metrics.body.lines().any(|found| found == *line);
            if expected.iter().all(has) {
                return metrics;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let settled = timeout(Duration::from_secs(20), settled).await;
    let metrics = settled.expect("all is counted in the end");
    assert!(metrics.has_header("content-type: text/plain; version=0.0.4; charset=utf-8"));
    receiver.stop().await;
}

#[tokio::test]
async fn alerts_name_only_metrics_that_are_there() {
    let (receiver, address) = managed("127.0.0.1:0", settings()).await;
    let metrics = page(address, "/metrics").await.body;
    receiver.stop().await;
    let words = ALERTS.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named: Vec<&str> = words.filter(|word| word.starts_with("hamsa_")).collect();
    assert!(named.len() > 5);
    for name in named {
        let is_it = |line: &str| line.split(['{', ' ']).next() == Some(name);
        assert!(metrics.lines().any(is_it), "{name}");
    }
}

#[tokio::test]
async fn on_loopback_it_is_open_to_who_asks_for_a_loopback_name() {
    let (receiver, address) = managed("127.0.0.1:0", settings()).await;
    for path in ["/", "/metrics", "/calls/c", "/style.css", "/healthz", "/x"] {
        for (host, is_local) in [
            ("localhost:9", true),
            ("127.0.0.1", true),
            ("evil.example", false),
            ("localhost.evil.example:9", false),
        ] {
            let reply = get(address, path, &format!("Host: {host}\r\n")).await;
            assert_eq!(reply.status != 401, is_local, "{path} {host}");
        }
    }
    let bearer = format!("Host: evil.example\r\nAuthorization: {SECRET}\r\n");
    assert_eq!(get(address, "/metrics", &bearer).await.status, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn without_a_secret_a_foreign_name_is_refused_for_good() {
    let mut settings = settings();
    settings.auth = Auth::Nobody;
    let (receiver, address) = managed("127.0.0.1:0", settings).await;
    let reply = get(address, "/metrics", "Host: evil.example\r\n").await;
    assert_eq!(reply.status, 403);
    assert_eq!(page(address, "/metrics").await.status, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn off_loopback_everything_demands_the_bearer_value() {
    let (receiver, address) = managed("0.0.0.0:0", settings()).await;
    for path in [
        "/",
        "/metrics",
        "/calls/c",
        "/style.css",
        "/healthz",
        "/readyz",
        "/x",
    ] {
        assert_eq!(page(address, path).await.status, 401, "{path}");
    }
    let bearer = format!("Host: receiver.internal:9090\r\nAuthorization: {SECRET}\r\n");
    assert_eq!(get(address, "/", &bearer).await.status, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn it_is_apart_from_the_webhook_and_only_reads() {
    let (receiver, address) = managed("127.0.0.1:0", settings()).await;
    assert_eq!(receiver.get("/metrics").await.status, 404);
    assert_eq!(page(address, "/webhook").await.status, 404);
    assert_eq!(page(address, "/readyz").await.status, 200);
    for path in ["/", "/calls", "/calls/c", "/metrics"] {
        let post = Request {
            path,
            ..Request::default()
        };
        let reply = crate::support::send(address, post).await;
        assert_eq!(reply.status, 405, "{path}");
    }
    receiver.stop().await;
    assert!(TcpStream::connect(address).await.is_err(), "it ends too");
}

#[tokio::test]
async fn any_call_has_a_page_and_nothing_in_it_is_alive() {
    const LINE: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\" '\u{202e}";
    let (receiver, address) = managed("127.0.0.1:0", settings()).await;
    let ids = ["a/b?c#d", "..", ".", LINE, "\0", "%2e%2e", "مكالمة", " "];
    for id in ids {
        let mut ended = event("call.ended", id, LINE);
        ended["data"]["data"] = json!({
            "conversationRecording": "javascript:alert(3)",
            "transcription": [{"User": LINE}, {LINE: 7}, {}],
            "outcomeResult": {"intent": LINE, "resolved": LINE, LINE: [null, 1e300]},
        });
        assert_eq!(receiver.deliver(&ended).await.status, 200);
    }
    receiver.settled("", ids.len()).await;
    let overview = page(address, "/").await;
    for id in ids {
        let encoded = percent(id);
        let found = page(address, &format!("/calls?id={encoded}")).await;
        let shown = page(address, &format!("/calls/{encoded}")).await;
        assert_eq!((found.status, &found.body), (200, &shown.body), "{id:?}");
        for page in [&shown, &overview] {
            assert!(page.body.contains("&lt;script&gt;"), "{id:?}");
            for alive in ["<script", "<img", "href=\"javascript", "\u{202e}", "\0"] {
                assert!(!page.body.contains(alive), "{id:?}: {alive:?}");
            }
        }
        assert!(shown.has_header("cache-control: no-store"));
        assert!(shown.head.contains("default-src 'none'"), "{}", shown.head);
    }
    assert!(overview.body.contains("href=\"/calls?id=%2E%2E\""));
    for path in [
        "/calls/unknown",
        "/calls?id=unknown",
        "/calls",
        "/calls?x=1",
    ] {
        assert_eq!(page(address, path).await.status, 404, "{path}");
    }
    receiver.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_or_fails_costs_only_what_it_knows() {
    for hangs in [true, false] {
        let mut state = AppState::new(settings_on_loopback(), Arc::new(FullStore { hangs }));
        let service = TowerToHyperService::new(manage(&mut state));
        let ask = async |path: &str| {
            let began = tokio::time::Instant::now();
            let request = HttpRequest::get(path).body(Body::empty()).unwrap();
            let response = service.call(request).await.unwrap();
            assert!(began.elapsed() <= Duration::from_secs(3), "{path}");
            let status = response.status();
            let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let (status, metrics) = ask("/metrics").await;
        assert_eq!(status, StatusCode::OK);
        assert!(metrics.lines().any(|line| line == "hamsa_store_up 0"));
        assert!(metrics.contains("hamsa_answers_total"));
        assert!(!metrics.contains("hamsa_pending_events"), "nobody knows");
        let (status, overview) = ask("/").await;
        assert_eq!(status, StatusCode::OK);
        assert!(overview.contains("did not answer"), "{overview}");
        assert_eq!(ask("/calls/c").await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
}

fn settings_on_loopback() -> Settings {
    let mut settings = settings();
    settings.manage = Some(([127, 0, 0, 1], 9090).into());
    settings
}

#[test]
fn a_taken_management_address_ends_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--store",
        "memory",
        "--manage",
        &address,
    ];
    let mut receiver = command(&arguments);
    let output = receiver.env("WEBHOOK_SECRET", SECRET).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("listen for management on {address}")),
        "{said}"
    );
    assert!(output.stdout.is_empty(), "it is not ready");
}
