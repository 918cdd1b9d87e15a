//! Questions and answers over HTTP.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::sender::TlsOptions;

fn parse(spec: &str, target: &Target, secret: Option<&Secret>) -> Result<HttpProbe, SpecError> {
    let tls = TlsSetup::new(TlsOptions::default()).unwrap();
    HttpProbe::parse(spec, target, secret, &tls)
}

fn scope() -> Scope {
    Scope {
        prefix: "hc-1-".to_owned(),
        call_ids: vec!["hc-1-a".into(), "hc-1-b".into()],
    }
}

fn record(call_id: &str) -> serde_json::Value {
    json!({"callId": call_id, "eventType": "e", "timestamp": "t"})
}

#[tokio::test]
async fn the_secret_goes_to_the_targets_origin_only() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/effects"))
        .and(query_param("prefix", "hc-1-"))
        .and(header("authorization", "Bearer tok"))
        .respond_with(ResponseTemplate::new(200).set_body_json([record("hc-1-a")]))
        .mount(&server)
        .await;
    let spec = format!("{}/effects?prefix={{prefix}}", server.uri());
    let secret = Secret::parse("Bearer tok").unwrap();
    let same = Target::parse(&format!("{}/webhook", server.uri())).unwrap();
    let probe = parse(&spec, &same, Some(&secret)).unwrap();
    assert!(matches!(probe.read(&scope()).await, Ok(Reading::Records(e)) if e.len() == 1));
    let other = Target::parse("http://127.0.0.1:1/webhook").unwrap();
    let probe = parse(&spec, &other, Some(&secret)).unwrap();
    assert!(matches!(
        probe.read(&scope()).await,
        Err(ProbeError::Status { status: 404, .. })
    ));
}

#[tokio::test]
async fn single_calls_are_asked_one_by_one() {
    let server = MockServer::start().await;
    for call_id in ["hc-1-a", "hc-1-b"] {
        Mock::given(path(format!("/calls/{call_id}")))
            .respond_with(ResponseTemplate::new(200).set_body_json([record(call_id)]))
            .mount(&server)
            .await;
    }
    let target = Target::parse(&server.uri()).unwrap();
    let spec = format!("{}/calls/{{callId}}", server.uri());
    let probe = parse(&spec, &target, None).unwrap();
    assert!(matches!(probe.read(&scope()).await, Ok(Reading::Records(e)) if e.len() == 2));
}

#[tokio::test]
async fn a_user_in_the_url_goes_before_the_secret() {
    let server = MockServer::start().await;
    let target = Target::parse(&server.uri()).unwrap();
    let secret = Secret::parse("Bearer tok").unwrap();
    let spec = server.uri().replace("http://", "http://me:pass@");
    let probe = parse(&spec, &target, Some(&secret)).unwrap();
    assert!(probe.read(&scope()).await.is_err());
    let asked = server.received_requests().await.unwrap();
    let sent: Vec<_> = asked[0].headers.get_all("authorization").iter().collect();
    assert_eq!(sent, ["Basic bWU6cGFzcw=="]);
}

#[test]
fn other_things_are_no_urls() {
    let target = Target::parse("http://127.0.0.1:1/").unwrap();
    let parse = |text| parse(text, &target, None);
    assert!(parse("//h/effects").is_ok());
    assert!(parse("http://h/count?p={prefix}#/n").is_ok());
    assert!(matches!(parse("nonsense"), Err(SpecError::Url(..))));
    assert!(matches!(parse("//h/{id}"), Err(SpecError::Placeholder(..))));
}

/// Serves one connection: the head of an answer, and then pieces of a body until nobody listens.
async fn endless(piece: Vec<u8>, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await;
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
        let _ = stream.write_all(head).await;
        while stream.write_all(&piece).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    });
    format!("http://{address}/?p={{prefix}}")
}

async fn read_limited(spec: &str, limits: Limits) -> Result<Reading, ProbeError> {
    let target = Target::parse("http://127.0.0.1:1/").unwrap();
    let mut probe = parse(spec, &target, None).unwrap();
    probe.limits = limits;
    let scope = scope();
    tokio::time::timeout(Duration::from_secs(30), probe.read(&scope))
        .await
        .unwrap()
}

const SMALL: Limits = Limits {
    mebibytes: 1,
    ..Limits::USUAL
};

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let spec = endless(vec![b' '; 1 << 16], Duration::ZERO).await;
    let answer = read_limited(&spec, SMALL).await;
    assert!(
        matches!(&answer, Err(ProbeError::Garbage(why)) if why.contains("more than 1 MiB")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_trickling_answer_is_cut_off() {
    let spec = endless(vec![b' '], Duration::from_millis(20)).await;
    let limits = Limits {
        time: Duration::from_millis(500),
        ..Limits::USUAL
    };
    let answer = read_limited(&spec, limits).await;
    assert!(
        matches!(&answer, Err(ProbeError::Unreachable(why)) if why == "no end after 500ms"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn the_answers_of_a_reading_are_limited_together() {
    let server = MockServer::start().await;
    let body = format!("[]{}", " ".repeat(600 << 10));
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string(body))
        .mount(&server)
        .await;
    let one = read_limited(&format!("{}/{{prefix}}", server.uri()), SMALL).await;
    assert_eq!(one.unwrap(), Reading::Records(vec![]));
    let two = read_limited(&format!("{}/{{callId}}", server.uri()), SMALL).await;
    assert!(matches!(two, Err(ProbeError::Garbage(_))), "{two:?}");
}

#[tokio::test]
async fn an_unknown_call_has_no_effects() {
    let server = MockServer::start().await;
    Mock::given(path("/calls/hc-1-a"))
        .respond_with(ResponseTemplate::new(200).set_body_json([record("hc-1-a")]))
        .mount(&server)
        .await;
    let target = Target::parse(&server.uri()).unwrap();
    let read = |spec: &str| {
        let probe = parse(&format!("{}{spec}", server.uri()), &target, None).unwrap();
        async move { probe.read(&scope()).await }
    };
    let seen = read("/calls/{callId}").await;
    assert!(
        matches!(&seen, Ok(Reading::Records(e)) if e.len() == 1),
        "{seen:?}"
    );
    let seen = read("/effects/{prefix}").await;
    assert!(
        matches!(seen, Err(ProbeError::Status { status: 404, .. })),
        "{seen:?}"
    );
    Mock::given(path("/calls/hc-1-b"))
        .respond_with(ResponseTemplate::new(503).set_body_string("busy"))
        .mount(&server)
        .await;
    let seen = read("/calls/{callId}").await;
    assert!(
        matches!(&seen, Err(ProbeError::Status { status: 503, body }) if body == "busy"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_call_id_reads_its_own_call_only() {
    let server = MockServer::start().await;
    let everything = [record("hc-1-a"), record("hc-1-a b/ç")];
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(everything))
        .mount(&server)
        .await;
    let target = Target::parse(&server.uri()).unwrap();
    let spec = format!("{}/calls/{{callId}}", server.uri());
    let probe = parse(&spec, &target, None).unwrap();
    let scope = Scope {
        call_ids: vec!["hc-1-a b/ç".into(), "hc-1-a".into(), "hc-1-a".into()],
        ..scope()
    };
    let seen = probe.read(&scope).await;
    assert!(
        matches!(&seen, Ok(Reading::Records(e)) if e.len() == 2),
        "{seen:?}"
    );
    let asked = server.received_requests().await.unwrap();
    let mut paths: Vec<&str> = asked.iter().map(|request| request.url.path()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/calls/hc-1-a", "/calls/hc-1-a%20b%2F%C3%A7"]);
}

#[tokio::test]
async fn a_pointer_finds_records_anywhere_and_counts_of_something() {
    let server = MockServer::start().await;
    let document = json!({"n": 2, "seen": {"records": [record("hc-1-a")]}});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(document))
        .mount(&server)
        .await;
    let target = Target::parse(&server.uri()).unwrap();
    let read = |spec: &str| {
        let probe = parse(&format!("{}{spec}", server.uri()), &target, None).unwrap();
        async move { probe.read(&scope()).await }
    };
    for spec in [
        "/all#/seen/records",
        "/{prefix}#/seen/records",
        "/{callId}#/seen/records",
    ] {
        let seen = read(spec).await;
        assert!(
            matches!(&seen, Ok(Reading::Records(e)) if e.len() == 1),
            "{spec}: {seen:?}"
        );
    }
    assert_eq!(read("/{prefix}#/n").await.unwrap(), Reading::Count(2));
    assert_eq!(read("/{callId}#/n").await.unwrap(), Reading::Count(4));
    let seen = read("/all#/n").await;
    assert!(
        matches!(&seen, Err(ProbeError::Garbage(why)) if why.contains("{prefix}")),
        "{seen:?}"
    );
}
