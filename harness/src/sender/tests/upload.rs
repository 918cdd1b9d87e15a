//! Time limits of an exchange, over pipes: only the clock matters here.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex, join, sink};
use tokio::time::{Instant, sleep};

use crate::sender::attempt::{Attempt, NoAnswer};
use crate::sender::request::{Framing, Pacing, Request};
use crate::sender::testbed::{body_of, connection, connector, head_of, ok, request};

const ANSWER: Duration = Duration::from_secs(5);

/// One attempt over a pipe, which is closed after it.
async fn attempt(near: DuplexStream, request: Request) -> Attempt {
    connector(&[], ANSWER)
        .attempt_on(&mut connection(near), request)
        .await
}

#[tokio::test(start_paused = true)]
async fn pieces_come_evenly_spread() {
    let (near, mut far) = duplex(4096);
    let mut request = request(100);
    request.pacing = Pacing::Spread {
        pieces: 5,
        // Longer than an answer may take: pacing is the sender's doing, and has its own time.
        over: Duration::from_secs(8),
    };
    let serving = async {
        head_of(&mut far).await.unwrap();
        let began = Instant::now();
        let mut came = Vec::new();
        while came.len() < 5 {
            let mut piece = [0; 100];
            let length = far.read(&mut piece).await.unwrap();
            came.push((began.elapsed().as_secs(), length));
        }
        far.write_all(ok("").as_bytes()).await.unwrap();
        came
    };
    let (attempt, came) = tokio::join!(attempt(near, request), serving);
    assert_eq!(came, [(0, 20), (2, 20), (4, 20), (6, 20), (8, 20)]);
    assert!(attempt.is_accepted(), "{}", attempt.describe());
}

#[tokio::test(start_paused = true)]
async fn a_large_body_has_time_for_its_size() {
    let (near, mut far) = duplex(4096);
    let serving = async {
        // A little less than the size allows for, and far more than an answer may take.
        sleep(Duration::from_secs(12)).await;
        body_of(&mut far).await.unwrap();
        sleep(Duration::from_secs(4)).await;
        far.write_all(ok("").as_bytes()).await.unwrap();
    };
    let (attempt, ()) = tokio::join!(attempt(near, request(1 << 20)), serving);
    assert!(attempt.is_accepted(), "{}", attempt.describe());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_taken_is_given_up_and_said_to_be() {
    for (length, seconds) in [(1 << 20, 13), (64 << 20, 35)] {
        let (near, _far) = duplex(4096);
        let began = Instant::now();
        let attempt = attempt(near, request(length)).await;
        assert_eq!(attempt.no_answer(), Some(&NoAnswer::TimedOut));
        assert_eq!(
            attempt.describe(),
            format!("the receiver did not take the whole body within {seconds}.000 s")
        );
        assert_eq!(began.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn silence_after_a_body_that_was_taken_ends_with_the_answer_limit() {
    let (near, mut far) = duplex(4096);
    let began = Instant::now();
    let (attempt, _) = tokio::join!(attempt(near, request(1 << 20)), body_of(&mut far));
    assert_eq!(attempt.describe(), "no complete answer in time");
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_follow_a_write_that_failed() {
    let answers = [
        (Some(500), "status 200 before the whole body had been sent"),
        (None, "the connection broke (broken pipe)"),
    ];
    for (after, expected) in answers {
        let (reader, mut far) = duplex(4096);
        // Nobody is at its other end.
        let (writer, _) = duplex(4096);
        let serving = async {
            if let Some(ms) = after {
                sleep(Duration::from_millis(ms)).await;
                far.write_all(ok("").as_bytes()).await.unwrap();
            }
        };
        let began = Instant::now();
        let connector = connector(&[], ANSWER);
        let mut connection = connection(join(reader, writer));
        let sending = connector.attempt_on(&mut connection, request(10));
        let (attempt, ()) = tokio::join!(sending, serving);
        assert_eq!(attempt.describe(), expected);
        assert!(began.elapsed() <= Duration::from_millis(1010));
    }
}

#[tokio::test]
async fn bytes_without_end_do_not_hold_up_the_clock() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let endless = head.as_bytes().chain(tokio::io::repeat(b'a'));
    let mut connection = connection(join(endless, sink()));
    let connector = connector(&[], Duration::from_millis(2));
    let mut request = request(0);
    request.framing = Framing::Bodiless;
    let attempt = connector.attempt_on(&mut connection, request).await;
    // Not `TooLong`: reading all that the harness would read takes longer than the limit.
    assert_eq!(attempt.no_answer(), Some(&NoAnswer::TimedOut));
}
