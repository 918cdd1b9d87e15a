//! Exchanges with receivers on loopback: how answers and bodies end.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::sender::attempt::{AttemptResult, NoAnswer};
use crate::sender::request::Ending;
use crate::sender::testbed::{AMPLE, accept, body_of, connector, head_of, listen, ok, request};

/// More than the system buffers between two sockets, so writing it waits for the receiver.
const MORE_THAN_BUFFERED: usize = 32 << 20;

#[tokio::test]
async fn an_answer_counts_while_the_body_is_still_being_written() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peer = accept(&listener).await;
        head_of(&mut peer).await.unwrap();
        let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
        peer.write_all(refusal.as_bytes()).await.unwrap();
        peer
    };
    let attempt = connector.attempt_on_new(request(MORE_THAN_BUFFERED));
    let ((attempt, connection), _peer) = tokio::join!(attempt, serving);
    assert_eq!(attempt.status(), Some(413));
    assert_eq!(attempt.timing.last_byte_written, None);
    assert_eq!(attempt.timing.acknowledgement(), Some(Duration::ZERO));
    assert_eq!(
        attempt.describe(),
        "status 413 before the whole body had been sent"
    );
    // The rest of the body would be read as the next request.
    assert!(!connection.unwrap().is_open);
}

#[tokio::test]
async fn an_answer_counts_though_the_connection_breaks_after_it() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peer = accept(&listener).await;
        head_of(&mut peer).await.unwrap();
        peer.write_all(ok("taken").as_bytes()).await.unwrap();
        // Closing with a body unread resets the connection.
        drop(peer);
    };
    let (attempt, ()) = tokio::join!(connector.attempt(request(MORE_THAN_BUFFERED)), serving);
    assert_eq!(attempt.answer().unwrap().body, b"taken");
}

#[tokio::test]
async fn a_close_is_told_by_where_it_comes() {
    for (sent, expected) in [("", NoAnswer::Closed), ("HTTP/1.1 2", NoAnswer::CutShort)] {
        let (listener, address) = listen().await;
        let connector = connector(&[address], AMPLE);
        let serving = async {
            let mut peer = accept(&listener).await;
            body_of(&mut peer).await.unwrap();
            peer.write_all(sent.as_bytes()).await.unwrap();
        };
        let (attempt, ()) = tokio::join!(connector.attempt(request(100)), serving);
        assert_eq!(attempt.no_answer(), Some(&expected));
        assert!(attempt.timing.last_byte_written.is_some());
    }
}

#[tokio::test]
async fn a_body_that_does_not_end_times_out_with_what_came() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], Duration::from_millis(200));
    let serving = async {
        let mut peer = accept(&listener).await;
        body_of(&mut peer).await.unwrap();
        let start = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
        peer.write_all(start.as_bytes()).await.unwrap();
        peer
    };
    let ((attempt, connection), _peer) =
        tokio::join!(connector.attempt_on_new(request(100)), serving);
    let AttemptResult::NoAnswer { why, partial } = &attempt.result else {
        panic!("it never ended");
    };
    assert_eq!(*why, NoAnswer::TimedOut);
    let head = partial.as_ref().unwrap();
    assert_eq!((head.status, head.body_length), (200, 3));
    assert!(attempt.timing.first_byte_read.is_some());
    assert_eq!(attempt.timing.acknowledgement(), None);
    assert!(!connection.unwrap().is_open);
}

#[tokio::test]
async fn endings_leave_exactly_what_they_say() {
    for (ending, left) in [
        (Ending::AbortAfter(40), 40),
        (Ending::AbortAfter(0), 0),
        (Ending::AbortAfter(1000), 100),
        (Ending::LeaveUnanswered, 100),
    ] {
        let (listener, address) = listen().await;
        let connector = connector(&[address], AMPLE);
        let mut request = request(100);
        request.ending = ending;
        let serving = async {
            let mut peer = accept(&listener).await;
            let head = head_of(&mut peer).await.unwrap();
            assert!(head.contains("Content-Length: 100\r\n"));
            let mut body = Vec::new();
            // Ends with the connection, so the sender does close it.
            peer.read_to_end(&mut body).await.unwrap();
            body.len()
        };
        let (attempt, came) = tokio::join!(connector.attempt(request), serving);
        assert_eq!(came, left, "{ending:?}");
        assert_eq!(attempt.no_answer(), Some(&NoAnswer::Left), "{ending:?}");
    }
}

#[tokio::test]
async fn only_the_first_attempt_on_a_connection_pays_for_connecting() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peer = accept(&listener).await;
        while body_of(&mut peer).await.is_some() {
            peer.write_all(ok("").as_bytes()).await.unwrap();
        }
    };
    let sending = async {
        let (first, connection) = connector.attempt_on_new(request(10)).await;
        let mut connection = connection.unwrap();
        assert!(first.is_accepted() && connection.is_open);
        let second = connector.attempt_on(&mut connection, request(10)).await;
        (first, second)
    };
    let ((first, second), ()) = tokio::join!(sending, serving);
    assert!(first.timing.connect > Duration::ZERO);
    assert_eq!(second.timing.connect, Duration::ZERO);
    assert!(second.is_accepted());
    assert!(Some(second.timing.started) >= first.timing.last_byte_read);
}
