//! R3: only the holder of the bearer token gets in, and nothing else decides before that.

use hamsa_reference_server::auth::Auth;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Receiver, Reply, Request, SECRET, event, settings};

#[tokio::test]
async fn strangers_get_one_kind_of_401_whatever_they_send() {
    let receiver = Receiver::start(settings()).await;
    let valid = event("call.ended", "c", "t").to_string();
    for auth in [
        [].as_slice(),
        &[""],
        &["Bearer"],
        &["Bearer 0123456789abcdefghijklmnopqrstu"],
        &["Bearer 0123456789abcdefghijklmnopqrstuvw"],
        &["Basic 0123456789abcdefghijklmnopqrstuv"],
        &["0123456789abcdefghijklmnopqrstuv"],
        &["Bearer x, Bearer 0123456789abcdefghijklmnopqrstuv"],
        &[SECRET, "Bearer wrong"],
        &["Bearer wrong", SECRET],
        &["Bearer \u{e9}\u{e9}"],
    ] {
        for body in [valid.as_bytes(), b"{", b"", b"[]"] {
            let reply = receiver
                .send(Request {
                    auth,
                    body,
                    ..Request::default()
                })
                .await;
            assert_eq!(reply.status, 401, "{auth:?}");
            assert!(reply.has_header("www-authenticate: Bearer"), "{reply:?}");
            assert_eq!(reply.body, r#"{"error":"Unauthorized"}"#);
        }
    }
    // The key was not used up (IDM-18).
    let reply = receiver
        .send(Request {
            body: valid.as_bytes(),
            ..Request::default()
        })
        .await;
    assert_eq!(
        (reply.status, reply.body.as_str()),
        (200, r#"{"received":true}"#)
    );
    assert_eq!(receiver.settled("", 1).await.len(), 1);
    receiver.stop().await;
}

#[tokio::test]
async fn a_stranger_is_refused_before_its_body_comes() {
    let receiver = Receiver::start(settings()).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let head = "POST /webhook HTTP/1.1\r\nHost: test\r\nContent-Length: 10000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = [0; 1024];
    let read = stream.read(&mut bytes).await.unwrap();
    assert_eq!(Reply::parse(&bytes[..read]).status, 401);
    drop(stream);
    receiver.stop().await;
}

#[tokio::test]
async fn a_refusal_does_not_spoil_a_kept_connection() {
    let receiver = Receiver::start(settings()).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    for (auth, expected) in [(SECRET, 200), ("Bearer wrong", 401), (SECRET, 200)] {
        let body = event("call.ended", "c", "t").to_string();
        let head = format!(
            "POST /webhook HTTP/1.1\r\nHost: test\r\nAuthorization: {auth}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await.unwrap();
        assert_eq!(Reply::parse(&bytes[..read]).status, expected);
    }
    receiver.stop().await;
}

#[tokio::test]
async fn the_scheme_ignores_case_and_no_auth_ignores_the_header() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "c", "t").to_string();
    let lower = SECRET.replace("Bearer", "bearer");
    let auth: &[&str] = &[&lower];
    let reply = receiver
        .send(Request {
            auth,
            body: body.as_bytes(),
            ..Request::default()
        })
        .await;
    assert_eq!(reply.status, 200);
    receiver.stop().await;

    let mut open = settings();
    open.auth = Auth::Nobody;
    let receiver = Receiver::start(open).await;
    for auth in [[].as_slice(), &["Bearer anything"]] {
        let request = Request {
            auth,
            body: body.as_bytes(),
            ..Request::default()
        };
        assert_eq!(receiver.send(request).await.status, 200);
    }
    receiver.stop().await;
}

#[tokio::test]
async fn an_address_off_the_allow_list_is_forbidden_even_with_the_token() {
    let mut settings = settings();
    settings.allow = ["203.0.113.0/24".parse().unwrap()].into_iter().collect();
    let receiver = Receiver::start(settings).await;
    assert_eq!(
        receiver
            .deliver(&event("call.ended", "c", "t"))
            .await
            .status,
        403
    );
    receiver.stop().await;
}

#[tokio::test]
async fn effects_are_open_on_loopback_only_and_only_when_exposed() {
    let receiver = Receiver::start(settings()).await;
    assert_eq!(receiver.get("/effects").await.status, 200);
    receiver.stop().await;

    let receiver = Receiver::start_at("0.0.0.0:0", settings()).await;
    for path in ["/effects", "/calls/c"] {
        assert_eq!(receiver.get(path).await.status, 401, "{path}");
    }
    let request = Request {
        method: "GET",
        path: "/effects",
        ..Request::default()
    };
    assert_eq!(receiver.send(request).await.status, 200);
    receiver.stop().await;

    let mut settings = settings();
    settings.expose_effects = false;
    let receiver = Receiver::start(settings).await;
    assert_eq!(receiver.get("/effects").await.status, 404);
    receiver.stop().await;
}
