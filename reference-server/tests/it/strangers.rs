//! What repeated failures cost, and whose they are: the rate limit, and clients behind proxies.

use hamsa_reference_server::Settings;
use hamsa_reference_server::auth::Auth;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Receiver, Reply, Request, SECRET, event, read_reply, settings};

fn limited(limit: u32) -> Settings {
    let mut settings = settings();
    settings.unauthenticated_per_minute = limit;
    settings
}

/// A delivery with further header lines, each with its end.
async fn send_with(receiver: &Receiver, auth: &str, lines: &str) -> Reply {
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        auth: &[auth],
        body: body.as_bytes(),
        ..Request::default()
    };
    let text = String::from_utf8(request.bytes()).unwrap();
    let text = text.replacen(
        "Connection: close\r\n",
        &format!("Connection: close\r\n{lines}"),
        1,
    );
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    read_reply(&mut stream).await
}

fn number(reply: &Reply, name: &str) -> Option<u64> {
    let mut lines = reply.head.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn a_stranger_is_told_of_the_limit_and_the_holder_of_the_token_never_meets_it() {
    let receiver = Receiver::start(limited(3)).await;
    for expected in [401, 401, 401, 429, 429] {
        let reply = send_with(&receiver, "Bearer wrong", "").await;
        assert_eq!(reply.status, expected, "{reply:?}");
        assert_eq!(number(&reply, "ratelimit-limit"), Some(3));
        let reset = number(&reply, "ratelimit-reset").unwrap();
        assert!((1..=60).contains(&reset), "{reset}");
        let is_over = expected == 429;
        assert_eq!(number(&reply, "retry-after"), is_over.then_some(reset));
        assert_eq!(reply.has_header("www-authenticate: Bearer"), !is_over);
        // In between and beyond, from the same address.
        let valid = send_with(&receiver, SECRET, "").await;
        assert_eq!(valid.status, 200);
        assert_eq!(number(&valid, "ratelimit-limit"), None);
    }
    let last = send_with(&receiver, "Bearer wrong", "").await;
    assert_eq!(number(&last, "ratelimit-remaining"), Some(0));
    assert_eq!(last.body, r#"{"error":"Too many requests"}"#);
    receiver.stop().await;
}

#[tokio::test]
async fn the_default_is_the_guides_and_zero_is_off() {
    let receiver = Receiver::start(settings()).await;
    for n in 1..=101 {
        let reply = send_with(&receiver, "Bearer wrong", "").await;
        assert_eq!(reply.status, if n <= 100 { 401 } else { 429 }, "{n}");
    }
    receiver.stop().await;
    let receiver = Receiver::start(limited(0)).await;
    for _ in 0..101 {
        let reply = send_with(&receiver, "Bearer wrong", "").await;
        assert_eq!(reply.status, 401);
        assert_eq!(number(&reply, "ratelimit-limit"), None);
    }
    receiver.stop().await;
}

#[tokio::test]
async fn guesses_at_the_effects_count_too() {
    let receiver = Receiver::start_at("0.0.0.0:0", limited(2)).await;
    let guess = Request {
        method: "GET",
        path: "/effects",
        auth: &["Bearer wrong"],
        body: b"",
    };
    for expected in [401, 401, 429] {
        assert_eq!(receiver.send(guess).await.status, expected);
    }
    assert_eq!(send_with(&receiver, "Bearer wrong", "").await.status, 429);
    let holder = Request {
        auth: &[SECRET],
        ..guess
    };
    assert_eq!(receiver.send(holder).await.status, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn without_authentication_and_off_the_allow_list_nothing_counts() {
    let mut open = limited(1);
    open.auth = Auth::Nobody;
    let mut closed = limited(1);
    closed.allow = ["203.0.113.0/24".parse().unwrap()].into_iter().collect();
    for (settings, expected) in [(open, 200), (closed, 403)] {
        let receiver = Receiver::start(settings).await;
        for _ in 0..3 {
            let reply = send_with(&receiver, "Bearer wrong", "").await;
            assert_eq!(reply.status, expected);
            assert_eq!(number(&reply, "ratelimit-limit"), None);
        }
        receiver.stop().await;
    }
}

#[tokio::test]
async fn forged_addresses_do_not_help_a_stranger() {
    for trusted in [None, Some("192.0.2.0/24")] {
        let mut settings = limited(2);
        let trusted = trusted.into_iter().map(|network| network.parse().unwrap());
        settings.trusted_proxies = trusted.collect();
        settings.allow = ["127.0.0.0/8".parse().unwrap()].into_iter().collect();
        let receiver = Receiver::start(settings).await;
        for (n, expected) in [401, 401, 429].into_iter().enumerate() {
            let lines = format!("X-Forwarded-For: 203.0.113.{n}\r\n");
            let reply = send_with(&receiver, "Bearer wrong", &lines).await;
            assert_eq!(reply.status, expected);
        }
        receiver.stop().await;
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_counts_for_itself() {
    let mut settings = limited(1);
    settings.trusted_proxies = ["127.0.0.1".parse().unwrap()].into_iter().collect();
    settings.allow = ["203.0.113.0/24".parse().unwrap()].into_iter().collect();
    let receiver = Receiver::start(settings).await;
    for (lines, expected) in [
        ("X-Forwarded-For: 203.0.113.1\r\n", 401),
        ("X-Forwarded-For: 203.0.113.2\r\n", 401),
        ("X-Forwarded-For: 203.0.113.1\r\n", 429),
        // Left of what the proxy wrote, anybody may write anything.
        ("X-Forwarded-For: 203.0.113.9, 203.0.113.2\r\n", 429),
        (
            "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.2\r\n",
            429,
        ),
        ("X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n", 403),
        // The proxy itself is not on the list.
        ("", 403),
        ("X-Forwarded-For: 203.0.113.9, nonsense\r\n", 403),
    ] {
        let reply = send_with(&receiver, "Bearer wrong", lines).await;
        assert_eq!(reply.status, expected, "{lines}");
    }
    let holder = send_with(&receiver, SECRET, "X-Forwarded-For: 203.0.113.1\r\n").await;
    assert_eq!(holder.status, 200);
    receiver.stop().await;
}
