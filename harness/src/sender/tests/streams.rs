//! Ordinary attempts over HTTP/2: bodies of any size, answers that come early, senders that leave.

use std::time::Duration;

use bytes::Bytes;
use h2::server::{self, SendResponse};
use h2::{Reason, RecvStream};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::sender::testbed::{AMPLE, accept, connector, listen, request};
use crate::sender::{
    Attempt, Connector, Ending, Framing, NoAnswer, Pacing, Protocol, Request, Version,
    release_together,
};

/// Attempts go over HTTP/2.
fn over_http2(connector: Connector) -> Connector {
    Connector {
        protocol: Protocol::Http2,
        ..connector
    }
}

fn answer(respond: &mut SendResponse<Bytes>, status: u16) {
    let head = http::Response::builder().status(status).body(()).unwrap();
    respond.send_response(head, true).unwrap();
}

/// What one stream brought: its stated length, then bytes, or why it ended before them all.
type Came = (Option<String>, Result<usize, Option<Reason>>);

async fn whole(body: &mut RecvStream) -> Result<usize, Option<Reason>> {
    let mut length = 0;
    while let Some(part) = body.data().await {
        let part = part.map_err(|error| error.reason())?;
        let _ = body.flow_control().release_capacity(part.len());
        length += part.len();
    }
    Ok(length)
}

/// Serves one connection until it ends: takes whole bodies and answers 207.
async fn serve(listener: &TcpListener) -> Vec<Came> {
    let peer = accept(listener).await;
    let mut connection = server::handshake(peer).await.unwrap();
    let mut reading = Vec::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        reading.push(tokio::spawn(async move {
            let length = request.headers().get("content-length");
            let length = length.map(|length| length.to_str().unwrap().to_owned());
            let came = whole(&mut request.into_body()).await;
            if came.is_ok() {
                answer(&mut respond, 207);
            }
            (length, came)
        }));
    }
    let mut came = Vec::new();
    for stream in reading {
        came.push(stream.await.unwrap());
    }
    came
}

async fn attempt(request: Request) -> (Attempt, Came) {
    let (listener, address) = listen().await;
    let connector = over_http2(connector(&[address], AMPLE));
    let (attempt, mut came) = tokio::join!(connector.attempt(request), serve(&listener));
    (attempt, came.remove(0))
}

#[tokio::test]
async fn a_body_far_beyond_the_window_goes_out_whole() {
    let length = 1 << 20;
    let (attempt, came) = attempt(request(length)).await;
    assert_eq!(attempt.status(), Some(207), "{}", attempt.describe());
    assert_eq!(came, (Some(length.to_string()), Ok(length)));
    assert_eq!(attempt.request.head.version, Version::Http2);
    let timing = &attempt.timing;
    assert!(timing.last_byte_written > timing.first_byte_written);
    assert!(timing.last_byte_read >= timing.last_byte_written);
}

#[tokio::test]
async fn a_body_without_a_length_and_no_body_are_said_as_such() {
    for (framing, length) in [(Framing::Chunked(7), 20), (Framing::Bodiless, 0)] {
        let mut request = request(20);
        request.framing = framing;
        let (attempt, came) = attempt(request).await;
        assert_eq!(attempt.status(), Some(207), "{framing:?}");
        assert_eq!(came, (None, Ok(length)), "{framing:?}");
        assert!(attempt.timing.last_byte_written.is_some(), "{framing:?}");
    }
}

#[tokio::test]
async fn pieces_are_spread_over_their_time() {
    let mut request = request(100);
    let over = Duration::from_millis(60);
    request.pacing = Pacing::Spread { pieces: 4, over };
    let began = Instant::now();
    let (attempt, came) = attempt(request).await;
    assert_eq!(came.1, Ok(100));
    assert!(began.elapsed() >= over);
    assert!(attempt.is_accepted());
}

#[tokio::test]
async fn a_sender_that_leaves_is_seen_to_leave() {
    let mut leaving = request(100);
    leaving.ending = Ending::LeaveUnanswered;
    let (left, came) = attempt(leaving).await;
    assert_eq!(left.no_answer(), Some(&NoAnswer::Left));
    assert!(left.timing.last_byte_written.is_some());
    assert_eq!(came.1, Ok(100));

    let mut aborting = request(100);
    aborting.ending = Ending::AbortAfter(40);
    let (left, came) = attempt(aborting).await;
    assert_eq!(left.no_answer(), Some(&NoAnswer::Left));
    assert!(came.1.is_err(), "{came:?}");
}

#[tokio::test]
async fn an_answer_before_the_body_counts() {
    let (listener, address) = listen().await;
    let serving = tokio::spawn(async move {
        let peer = accept(&listener).await;
        let mut connection = server::handshake(peer).await.unwrap();
        let mut streams = Vec::new();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            answer(&mut respond, 401);
            // Its window stays shut.
            streams.push(request);
        }
    });
    let connector = over_http2(connector(&[address], AMPLE));
    let attempt = connector.attempt(request(1 << 20)).await;
    assert_eq!(attempt.status(), Some(401), "{}", attempt.describe());
    assert!(attempt.timing.last_byte_written.is_none());
    serving.abort();
}

#[tokio::test]
async fn copies_on_connections_of_their_own_overlap() {
    let (listener, address) = listen().await;
    let serving = tokio::spawn(async move {
        loop {
            let peer = accept(&listener).await;
            tokio::spawn(async move {
                let mut connection = server::handshake(peer).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    tokio::spawn(async move {
                        whole(&mut request.into_body()).await.unwrap();
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        answer(&mut respond, 207);
                    });
                }
            });
        }
    });
    let connector = over_http2(connector(&[address], AMPLE));
    let released = release_together(&connector, vec![request(2000), request(2000)]).await;
    assert_eq!(released.overlaps(), 1);
    for attempt in &released.attempts {
        assert_eq!(attempt.status(), Some(207));
        assert!(attempt.timing.acknowledgement() >= Some(Duration::from_millis(50)));
    }
    serving.abort();
}

#[tokio::test]
async fn a_kept_connection_is_known_to_have_ended() {
    let (listener, address) = listen().await;
    let connector = over_http2(connector(&[address], AMPLE));
    let (mut connection, ended) = tokio::join!(connector.open(), async {
        let peer = accept(&listener).await;
        let mut serving = server::handshake(peer).await.unwrap();
        // Until the opening ping has been answered.
        let asked = tokio::time::timeout(Duration::from_millis(100), serving.accept()).await;
        assert!(asked.is_err());
        serving
    });
    let connection = connection.as_mut().unwrap();
    assert!(connection.is_live().await);
    drop(ended);
    while connection.is_live().await {}
    assert!(!connection.is_open);
}

#[tokio::test]
async fn who_is_known_to_speak_it_is_only_late() {
    let (listener, address) = listen().await;
    let connector = over_http2(connector(&[address], Duration::from_millis(50)));
    let (attempt, _silent) = tokio::join!(connector.attempt(request(10)), accept(&listener));
    assert_eq!(attempt.no_answer(), Some(&NoAnswer::TimedOut));
}
