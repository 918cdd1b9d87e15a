//! Requests in unusual forms, byte for byte, and what is read after them.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use crate::sender::testbed::{
    AMPLE, accept, body_of, connection, connector, head_of, listen, ok, request,
};
use crate::sender::{Ending, Framing, Heard, Host, NameCase, NoAnswer, Pacing, Version};

#[tokio::test]
async fn heads_go_out_as_they_are_given() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let mut odd = request(3);
    odd.head.version = Version::Http10;
    odd.head.names = NameCase::Lower;
    odd.head.host = Host::Absent;
    odd.head.accept = None;
    odd.framing = Framing::AsGiven;
    for length in ["3", "4"] {
        odd.headers.push(("Content-Length", length.into()));
    }
    odd.headers.push(("X-Name", "é".into()));
    let serving = async {
        let mut peer = accept(&listener).await;
        let head = head_of(&mut peer).await.unwrap();
        peer.write_all(ok("").as_bytes()).await.unwrap();
        head
    };
    let (_, head) = tokio::join!(connector.attempt(odd), serving);
    assert!(
        head.starts_with("POST /hook HTTP/1.0\r\nuser-agent: "),
        "{head}"
    );
    let rest = "content-length: 3\r\ncontent-length: 4\r\nx-name: é\r\ncontent-type: application/json\r\n\r\n";
    assert!(head.ends_with(rest), "{head}");
    assert!(
        !head.contains("host:") && !head.contains("accept:"),
        "{head}"
    );
}

#[tokio::test]
async fn a_body_waits_until_it_is_asked_for() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let mut waiting = request(5);
    // A wait this long would be noticed: the body comes because it is asked for.
    waiting.pacing = Pacing::OnceAskedFor(AMPLE * 2);
    let serving = async {
        let mut peer = accept(&listener).await;
        head_of(&mut peer).await.unwrap();
        let asking = b"HTTP/1.1 100 Continue\r\n\r\n";
        peer.write_all(asking).await.unwrap();
        let mut body = [0; 5];
        peer.read_exact(&mut body).await.unwrap();
        peer.write_all(ok("").as_bytes()).await.unwrap();
    };
    let (attempt, ()) = tokio::join!(connector.attempt(waiting), serving);
    assert_eq!(attempt.answer().unwrap().interim, [100]);
    // The interim answer is not the answer.
    assert!(attempt.timing.first_byte_read > attempt.timing.last_byte_written);
}

#[tokio::test]
async fn a_body_that_nobody_asks_for_comes_all_the_same() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let mut waiting = request(5);
    waiting.pacing = Pacing::OnceAskedFor(Duration::from_millis(20));
    let serving = async {
        let mut peer = accept(&listener).await;
        let body = body_of(&mut peer).await.unwrap();
        peer.write_all(ok("").as_bytes()).await.unwrap();
        body.len()
    };
    let (attempt, length) = tokio::join!(connector.attempt(waiting), serving);
    assert_eq!((attempt.status(), length), (Some(200), 5));
    assert!(attempt.answer().unwrap().interim.is_empty());
}

#[tokio::test]
async fn a_finished_sender_still_reads_its_answer() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let mut last = request(5);
    last.ending = Ending::HalfClose;
    let serving = async {
        let mut peer = accept(&listener).await;
        let mut all = Vec::new();
        peer.read_to_end(&mut all).await.unwrap();
        peer.write_all(ok("").as_bytes()).await.unwrap();
        all.ends_with(b"\r\n\r\nxxxxx")
    };
    let ((attempt, connection), was_whole) = tokio::join!(connector.attempt_on_new(last), serving);
    assert!(was_whole);
    assert_eq!(attempt.status(), Some(200));
    assert!(!connection.unwrap().is_open);
}

#[tokio::test]
async fn pipelined_answers_are_told_apart() {
    let closing = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let both = [ok("one"), ok("two")].concat();
    for (answers, second) in [(both.as_str(), Some(200)), (closing, None)] {
        let (stream, mut peer) = duplex(4096);
        let mut connection = connection(stream);
        let connector = connector(&[], AMPLE);
        let requests = vec![request(2), request(2)];
        let serving = async {
            body_of(&mut peer).await.unwrap();
            body_of(&mut peer).await.unwrap();
            peer.write_all(answers.as_bytes()).await.unwrap();
        };
        let (attempts, ()) = tokio::join!(connector.pipeline(&mut connection, requests), serving);
        assert_eq!(attempts[0].status(), Some(200));
        assert_eq!(attempts[1].status(), second);
        if second.is_none() {
            assert_eq!(attempts[1].no_answer(), Some(&NoAnswer::Closed));
        }
        assert_eq!(connection.is_open, second.is_some());
    }
}

#[tokio::test]
async fn what_an_idle_connection_says_is_heard() {
    let (stream, mut peer) = duplex(64);
    let mut idle = connection(stream);
    assert_eq!(idle.listen(Duration::from_millis(1)).await, Heard::Nothing);
    assert!(idle.is_open);
    peer.write_all(b"HTTP").await.unwrap();
    assert_eq!(idle.listen(AMPLE).await, Heard::Bytes(b"HTTP".to_vec()));
    drop(peer);
    assert_eq!(idle.listen(AMPLE).await, Heard::Close);
    assert!(!idle.is_open);
}
