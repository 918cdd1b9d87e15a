//! Releases: what overlaps, how far apart they are, and that they end.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::time::Instant as Moment;

use crate::sender::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use crate::sender::barrier::{Released, hold_back, release, release_together};
use crate::sender::response::Response;
use crate::sender::testbed::{
    AMPLE, accept, body_of, connection, connector, head_of, listen, ok, request,
};

/// A copy whose last byte went out at `written`, and whose answer began at `read`.
fn copy(began: Instant, written: u64, read: Result<u64, NoAnswer>) -> Attempt {
    let at = |ms: u64| began + Duration::from_millis(ms);
    let timing = Timing {
        last_byte_written: Some(at(written)),
        first_byte_read: read.as_ref().ok().map(|ms| at(*ms)),
        ..Timing::starting(began)
    };
    let result = match read {
        Ok(_) => AttemptResult::Answered(Response::default()),
        Err(why) => AttemptResult::NoAnswer { why, partial: None },
    };
    Attempt::new(request(1), timing, result)
}

fn overlaps(copies: Vec<(u64, Result<u64, NoAnswer>)>) -> usize {
    let began = Instant::now();
    let attempts = copies
        .into_iter()
        .map(|(written, read)| copy(began, written, read))
        .collect();
    let spread = Duration::ZERO;
    Released { attempts, spread }.overlaps()
}

#[test]
fn copies_overlap_when_the_later_is_out_before_the_earlier_is_answered() {
    assert_eq!(overlaps(vec![(1, Ok(5)), (2, Ok(6))]), 1);
    assert_eq!(overlaps(vec![(1, Ok(2)), (3, Ok(6))]), 0, "sequential");
    assert_eq!(overlaps(vec![(1, Ok(2)), (2, Ok(6))]), 0, "no doubt");
    let three = vec![(1, Ok(5)), (2, Ok(3)), (4, Ok(9))];
    assert_eq!(
        overlaps(three),
        1,
        "the second was answered before the third was out"
    );
    let unordered = vec![(4, Ok(9)), (1, Ok(5)), (2, Ok(3))];
    assert_eq!(overlaps(unordered), 1, "by time, not by place");
}

#[test]
fn a_copy_without_an_answer_was_under_way_only_while_it_was_waited_for() {
    assert_eq!(overlaps(vec![(1, Err(NoAnswer::TimedOut)), (2, Ok(6))]), 1);
    for why in [NoAnswer::Closed, NoAnswer::Broken("reset".to_owned())] {
        let earlier = vec![(1, Err(why.clone())), (2, Ok(6))];
        assert_eq!(overlaps(earlier), 0, "{why:?}");
        let later = vec![(1, Ok(5)), (2, Err(why.clone()))];
        assert_eq!(overlaps(later), 0, "{why:?}");
        let between = vec![(1, Ok(5)), (2, Err(why.clone())), (3, Ok(6))];
        assert_eq!(overlaps(between), 1, "{why:?}");
    }
}

#[tokio::test]
async fn a_release_holds_every_last_byte_until_all_others_are_out() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peers = [accept(&listener).await, accept(&listener).await];
        for peer in &mut peers {
            head_of(peer).await.unwrap();
            peer.read_exact(&mut [0; 9]).await.unwrap();
        }
        // Both last bytes are out before either answer, so this pair overlaps.
        for peer in &mut peers {
            peer.read_u8().await.unwrap();
        }
        for peer in &mut peers {
            peer.write_all(ok("").as_bytes()).await.unwrap();
        }
    };
    let mut requests = vec![request(10), request(10)];
    requests[0].label = "first".to_owned();
    let (released, ()) = tokio::join!(release_together(&connector, requests), serving);
    assert_eq!(released.overlaps(), 1);
    assert!(released.attempts.iter().all(Attempt::is_accepted));
    assert_eq!(released.attempts[0].request.label, "first");
    let written = |index: usize| released.attempts[index].timing.last_byte_written.unwrap();
    let (first, last) = (written(0).min(written(1)), written(0).max(written(1)));
    assert!(last > first);
    assert_eq!(released.spread, last - first);
}

#[tokio::test]
async fn copies_that_are_closed_at_once_prove_no_overlap() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peers = [accept(&listener).await, accept(&listener).await];
        for peer in &mut peers {
            body_of(peer).await.unwrap();
        }
    };
    let requests = vec![request(10), request(10)];
    let (released, ()) = tokio::join!(release_together(&connector, requests), serving);
    for attempt in &released.attempts {
        assert_eq!(attempt.no_answer(), Some(&NoAnswer::Closed));
        assert!(attempt.timing.last_byte_written.is_some());
    }
    assert_eq!(released.overlaps(), 0);
}

#[tokio::test]
async fn a_copy_that_cannot_connect_keeps_its_place() {
    let (listener, address) = listen().await;
    drop(listener);
    let connector = connector(&[address], AMPLE);
    let released = release_together(&connector, vec![request(1), request(1)]).await;
    assert_eq!(released.attempts.len(), 2);
    assert!(released.attempts.iter().all(Attempt::never_connected));
    assert_eq!(released.spread, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_reads_is_given_up() {
    let connector = connector(&[], Duration::from_secs(5));
    let (near, _far) = duplex(4096);
    let began = Moment::now();
    let held = hold_back(&connector, connection(near), request(1 << 20)).await;
    let released = release(&connector.limits, vec![held]).await;
    assert_eq!(began.elapsed().as_secs(), 13);
    let attempt = &released.attempts[0];
    assert_eq!(attempt.no_answer(), Some(&NoAnswer::TimedOut));
    assert_eq!(
        attempt.describe(),
        "the receiver did not take the whole body within 13.000 s"
    );
}

#[tokio::test(start_paused = true)]
async fn a_last_byte_that_is_not_taken_holds_nobody_up() {
    let connector = connector(&[], Duration::from_secs(5));
    let wire = connector.encode(&request(10));
    // Full to the brim but for the last byte.
    let (stuck, _never_read) = duplex(wire.head.len() + wire.body.len() - 1);
    let (near, mut far) = duplex(4096);
    let held = vec![
        hold_back(&connector, connection(stuck), request(10)).await,
        hold_back(&connector, connection(near), request(10)).await,
    ];
    let began = Moment::now();
    let serving = async {
        body_of(&mut far).await.unwrap();
        let came = began.elapsed();
        far.write_all(ok("").as_bytes()).await.unwrap();
        came
    };
    let (released, came) = tokio::join!(release(&connector.limits, held), serving);
    assert_eq!(came, Duration::ZERO);
    assert_eq!(began.elapsed().as_secs(), 1);
    assert_eq!(released.attempts[0].no_answer(), Some(&NoAnswer::TimedOut));
    assert!(released.attempts[0].timing.last_byte_written.is_none());
    assert!(released.attempts[1].is_accepted());
}

#[tokio::test(start_paused = true)]
async fn the_answer_limit_counts_from_the_release() {
    let connector = connector(&[], Duration::from_secs(5));
    let (near, _far) = duplex(4096);
    let held = hold_back(&connector, connection(near), request(10)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let began = Moment::now();
    let released = release(&connector.limits, vec![held]).await;
    assert_eq!(began.elapsed().as_secs(), 5);
    let why = released.attempts[0].no_answer();
    assert_eq!(why, Some(&NoAnswer::TimedOut));
}
