//! Slow, chunked, broken and half-closed deliveries.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Receiver, Reply, Request, SECRET, event, read_reply, settings};

#[tokio::test]
async fn a_body_in_pieces_passes() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    }
    .bytes();
    let mut slow = TcpStream::connect(receiver.address).await.unwrap();
    slow.set_nodelay(true).unwrap();
    for piece in request.chunks(8) {
        slow.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(read_reply(&mut slow).await.status, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn a_stalled_body_is_cut() {
    let mut settings = settings();
    settings.body_time = Duration::from_millis(50);
    let receiver = Receiver::start(settings).await;
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    }
    .bytes();
    let mut stalled = TcpStream::connect(receiver.address).await.unwrap();
    stalled
        .write_all(&request[..request.len() - 1])
        .await
        .unwrap();
    assert_eq!(read_reply(&mut stalled).await.status, 408);
    receiver.stop().await;
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_any_content_type_is_not() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    }
    .bytes();
    for (header, status) in [
        ("Content-Encoding: gzip", 415),
        ("Content-Encoding: identity", 200),
        ("Content-Encoding: identity\r\nContent-Encoding: gzip", 415),
        ("Content-Type: text/plain", 200),
        ("Content-Type: application/json; charset=utf-8", 200),
    ] {
        let line = format!("Host: localhost\r\n{header}\r\n");
        let text = String::from_utf8_lossy(&request).replacen("Host: localhost\r\n", &line, 1);
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        assert_eq!(read_reply(&mut stream).await.status, status, "{header}");
    }
    receiver.stop().await;
}

#[tokio::test]
async fn a_chunked_body_is_one_event() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "chunked", "t").to_string();
    for size in [1, 7, 4096] {
        let chunks: String = body
            .as_bytes()
            .chunks(size)
            .map(|chunk| {
                format!(
                    "{:x}\r\n{}\r\n",
                    chunk.len(),
                    String::from_utf8_lossy(chunk)
                )
            })
            .collect();
        let request = format!(
            "POST /webhook HTTP/1.1\r\nHost: test\r\nAuthorization: {SECRET}\r\n\
             Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{chunks}0\r\n\r\n"
        );
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(read_reply(&mut stream).await.status, 200, "{size}");
    }
    assert_eq!(receiver.settled("chunked", 1).await.len(), 1);
    receiver.stop().await;
}

#[tokio::test]
async fn an_aborted_body_has_no_effect() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    }
    .bytes();
    for cut in [1, body.len() / 2] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream
            .write_all(&request[..request.len() - cut])
            .await
            .unwrap();
        drop(stream);
    }
    // A whole event with the same key is new.
    let reply = receiver.deliver(&event("call.ended", "c", "t")).await;
    assert_eq!(reply.body, r#"{"received":true}"#);
    receiver.stop().await;
}

#[tokio::test]
async fn a_half_closed_sender_gets_its_answer() {
    let receiver = Receiver::start(settings()).await;
    let body = event("call.ended", "c", "t").to_string();
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    stream
        .write_all(
            &Request {
                body: body.as_bytes(),
                ..Request::default()
            }
            .bytes(),
        )
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_reply(&mut stream).await.status, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn a_request_in_flight_is_finished_at_shutdown() {
    let receiver = Receiver::start(settings()).await;
    let address = receiver.address;
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    }
    .bytes();
    let (start, rest) = request.split_at(request.len() - 10);
    let mut in_flight = TcpStream::connect(address).await.unwrap();
    // `Expect` makes the receiver say when it has begun with the request.
    let head_end = start.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let expecting = [
        &start[..head_end],
        b"\r\nExpect: 100-continue",
        &start[head_end..],
    ]
    .concat();
    in_flight.write_all(&expecting).await.unwrap();
    let mut bytes = [0; 25];
    in_flight.read_exact(&mut bytes).await.unwrap();
    assert_eq!(Reply::parse(&bytes).status, 100);

    let mut idle = TcpStream::connect(address).await.unwrap();
    let stopping = receiver.begin_stop();
    // The idle connection is closed first, so the receiver is stopping by now.
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0);
    in_flight.write_all(rest).await.unwrap();
    assert_eq!(read_reply(&mut in_flight).await.status, 200);
    stopping.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
