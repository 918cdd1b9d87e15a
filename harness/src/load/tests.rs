//! Load runs against receivers that stall, close and drop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::open_loop::{Connections, Halt, LoadRun, Shot, at_rate, on_schedule, open_loop};
use super::slow_heads::SlowHeads;
use crate::sender::testbed::{AMPLE, accept, body_of, connector, listen, ok};
use crate::sender::{Credential, NoAnswer, Request};

/// Requests that carry their own place.
fn numbered(count: usize) -> Vec<Request> {
    (0..count)
        .map(|index| {
            let text = index.to_string();
            Request::post(text.clone(), Arc::from(text.as_bytes()))
        })
        .collect()
}

async fn answer(peer: &mut TcpStream, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    peer.write_all(ok(&text).as_bytes()).await.unwrap();
}

/// The run, and how many requests came over each connection that `serve` had.
async fn requests_of<F: Future<Output = usize> + Send + 'static>(
    listener: TcpListener,
    serve: impl Fn(TcpStream) -> F,
    run: impl Future<Output = LoadRun>,
) -> (LoadRun, Vec<usize>) {
    let mut serving = JoinSet::new();
    let mut run = std::pin::pin!(run);
    let run = loop {
        tokio::select! {
            run = &mut run => break run,
            peer = accept(&listener) => serving.spawn(serve(peer)),
        };
    };
    let mut counts = serving.join_all().await;
    counts.sort_unstable();
    (run, counts)
}

#[tokio::test]
async fn a_stalled_receiver_is_asked_on_schedule_and_shots_keep_their_places() {
    const COUNT: usize = 8;
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peers = Vec::new();
        for _ in 0..COUNT {
            let mut peer = accept(&listener).await;
            let body = body_of(&mut peer).await.unwrap();
            peers.push((peer, body));
        }
        // Answers come only once everything was asked, and the last first.
        for (mut peer, body) in peers.into_iter().rev() {
            answer(&mut peer, &body).await;
        }
    };
    let run = async { tokio::join!(open_loop(&connector, 500.0, numbered(COUNT)), serving) };
    let (run, ()) = timeout(AMPLE, run).await.unwrap();
    let places: Vec<_> = run
        .shots
        .iter()
        .map(|shot| {
            let body = shot.attempt.answer().map(|answer| answer.body.clone());
            (shot.attempt.request.label.clone(), body.unwrap_or_default())
        })
        .collect();
    let expected: Vec<_> = (0..COUNT)
        .map(|index| (index.to_string(), index.to_string().into_bytes()))
        .collect();
    assert_eq!(places, expected);
    let first = run.shots[0].intended;
    for (index, shot) in run.shots.iter().enumerate() {
        let since = shot.intended - first;
        assert_eq!(since, Duration::from_millis(2 * index as u64));
        assert!(shot.sent >= shot.intended);
    }
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced_without_a_finding() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let one_each = |mut peer| async move {
        let body = body_of(&mut peer).await.unwrap();
        answer(&mut peer, &body).await;
        1
    };
    let run = open_loop(&connector, 10.0, numbered(3));
    let (run, counts) = requests_of(listener, one_each, run).await;
    assert!(run.shots.iter().all(|shot| shot.attempt.is_accepted()));
    assert_eq!(run.stale_connections, 2);
    assert_eq!(counts, [1, 1, 1]);
}

#[tokio::test]
async fn a_connection_that_stays_open_is_used_again() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let all = |mut peer| async move {
        let mut count = 0;
        while let Some(body) = body_of(&mut peer).await {
            answer(&mut peer, &body).await;
            count += 1;
        }
        count
    };
    let run = open_loop(&connector, 10.0, numbered(3));
    let (run, counts) = requests_of(listener, all, run).await;
    assert_eq!((run.stale_connections, counts), (0, vec![3]));
}

#[tokio::test]
async fn a_request_that_was_taken_and_dropped_is_an_attempt_without_an_answer() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let every_second = |mut peer| async move {
        let body = body_of(&mut peer).await.unwrap();
        answer(&mut peer, &body).await;
        1 + usize::from(body_of(&mut peer).await.is_some())
    };
    let run = open_loop(&connector, 10.0, numbered(4));
    let (run, counts) = requests_of(listener, every_second, run).await;
    let fates: Vec<_> = run
        .shots
        .iter()
        .map(|shot| shot.attempt.no_answer())
        .collect();
    let closed = Some(&NoAnswer::Closed);
    assert_eq!(fates, [None, closed, None, closed]);
    assert_eq!(run.stale_connections, 0);
    assert_eq!(counts, [2, 2], "nothing is sent twice");
}

#[tokio::test]
async fn a_refused_connection_is_not_tried_again() {
    let (listener, address) = listen().await;
    drop(listener);
    let run = open_loop(&connector(&[address], AMPLE), 500.0, numbered(2)).await;
    assert_eq!(run.shots.len(), 2);
    assert!(run.shots.iter().all(|shot| shot.attempt.never_connected()));
}

#[tokio::test]
#[should_panic(expected = "overflow")]
async fn a_panic_is_no_missing_shot() {
    let (_listener, address) = listen().await;
    // A time limit that no clock can hold.
    open_loop(&connector(&[address], Duration::MAX), 500.0, numbered(2)).await;
}

#[tokio::test]
async fn times_count_from_when_a_shot_should_have_been_sent() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peer = accept(&listener).await;
        let body = body_of(&mut peer).await.unwrap();
        answer(&mut peer, &body).await;
    };
    let (mut run, ()) = tokio::join!(open_loop(&connector, 500.0, numbered(1)), serving);
    let shot = &mut run.shots[0];
    let intended = Instant::now();
    let at = |ms: u64| intended + Duration::from_millis(ms);
    shot.intended = intended;
    shot.sent = at(40);
    shot.attempt.timing.started = at(41);
    shot.attempt.timing.last_byte_written = Some(at(42));
    shot.attempt.timing.last_byte_read = Some(at(100));
    assert_eq!(shot.lag(), Duration::from_millis(40));
    assert_eq!(shot.corrected(), Some(Duration::from_millis(100)));
    assert_eq!(
        run.sample(Shot::corrected).max(),
        Duration::from_millis(100)
    );
    run.shots[0].attempt.timing.last_byte_read = None;
    assert_eq!(run.shots[0].corrected(), None);
}

#[tokio::test]
async fn fresh_connections_carry_one_request_each() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let all = |mut peer| async move {
        let mut count = 0;
        while let Some(body) = body_of(&mut peer).await {
            answer(&mut peer, &body).await;
            count += 1;
        }
        count
    };
    let run = on_schedule(&connector, at_rate(10.0, numbered(3)), Connections::Fresh);
    let (run, counts) = requests_of(listener, all, run).await;
    assert!(run.shots.iter().all(|shot| shot.attempt.is_accepted()));
    assert_eq!((run.stale_connections, counts), (0, vec![1, 1, 1]));
    assert_eq!((run.halt, run.unsent), (None, 0));
}

/// A run of ten requests to a receiver that throttles all of them.
async fn throttled(credential: Credential) -> LoadRun {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let requests = numbered(10).into_iter();
    let requests = requests.map(|request| request.with_credential(credential.clone()));
    let throttling = |mut peer: TcpStream| async move {
        let mut count = 0;
        while body_of(&mut peer).await.is_some() {
            let answer = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
            peer.write_all(answer.as_bytes()).await.unwrap();
            count += 1;
        }
        count
    };
    let run = open_loop(&connector, 5.0, requests.collect());
    requests_of(listener, throttling, run).await.0
}

#[tokio::test]
async fn a_429_to_a_valid_delivery_ends_the_schedule() {
    let run = throttled(Credential::Valid).await;
    assert_eq!(run.halt, Some(Halt::Throttled));
    assert!(run.unsent > 0);
    assert_eq!(run.shots.len() + run.unsent, 10);
    assert!(
        run.shots
            .iter()
            .all(|shot| shot.attempt.status() == Some(429))
    );
}

#[tokio::test]
async fn a_429_to_a_stranger_ends_nothing() {
    let run = throttled(Credential::Absent).await;
    assert_eq!((run.halt, run.unsent, run.shots.len()), (None, 0, 10));
}

#[tokio::test]
async fn slow_heads_trickle_until_they_are_closed_or_dropped() {
    const START: &[u8] = b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1:9\r\nX-Padding: aaa";
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let mut heads = SlowHeads::open(&connector, 3, Duration::from_millis(1)).await;
    assert_eq!((heads.opened(), heads.still_open()), (3, 3));
    let mut peers = Vec::new();
    for _ in 0..3 {
        let mut peer = accept(&listener).await;
        let mut read = vec![0; START.len()];
        peer.read_exact(&mut read).await.unwrap();
        assert_eq!(read, START);
        peers.push(peer);
    }
    assert_eq!(heads.still_open(), 3);
    peers.pop();
    let closed = async {
        while heads.still_open() > 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(AMPLE, closed).await.unwrap();
    drop(heads);
    for mut peer in peers {
        let mut rest = Vec::new();
        // However they end, no head was.
        let _ = timeout(AMPLE, peer.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.iter().all(|byte| *byte == b'a'));
    }
}

#[tokio::test]
async fn slow_heads_that_find_nobody_are_not_counted() {
    let (listener, address) = listen().await;
    drop(listener);
    let pause = Duration::from_millis(1);
    let mut heads = SlowHeads::open(&connector(&[address], AMPLE), 2, pause).await;
    assert_eq!((heads.opened(), heads.still_open()), (0, 0));
}
