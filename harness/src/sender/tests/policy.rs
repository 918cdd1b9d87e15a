//! Retries on a clock that stands still.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use tokio::time::Instant;

use crate::sender::attempt::Timing;
use crate::sender::{Attempt, AttemptResult, NoAnswer, Request, Response, RetryPolicy};

const POLICY: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(5),
    waits: &[
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
    ],
};

/// An attempt that ended like this; without a status it timed out.
fn attempt(status: Option<u16>) -> Attempt {
    let result = match status {
        Some(status) => AttemptResult::Answered(Response {
            status,
            ..Response::default()
        }),
        None => AttemptResult::NoAnswer {
            why: NoAnswer::TimedOut,
            partial: None,
        },
    };
    let request = Request::post("x", Arc::from(*b"{}"));
    Attempt::new(request, Timing::starting(StdInstant::now()), result)
}

/// The moments of the attempts, in seconds, when they end like this one after the other.
async fn moments(ends: &[Option<u16>]) -> Vec<u64> {
    let began = Instant::now();
    let next = Cell::new(0);
    let moments = Cell::new(Vec::new());
    let attempts = POLICY
        .run(|| {
            let index = next.replace(next.get() + 1);
            let mut known = moments.take();
            known.push(began.elapsed().as_secs());
            moments.set(known);
            let end = ends[index];
            async move { attempt(end) }
        })
        .await;
    assert_eq!(attempts.len(), next.get());
    moments.into_inner()
}

#[tokio::test(start_paused = true)]
async fn open_attempts_are_repeated_on_schedule_and_not_for_ever() {
    let never = [None, Some(503), Some(429), None];
    assert_eq!(moments(&never).await, [0, 1, 3, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_final_answer_ends_it() {
    for end in [200, 204, 302, 400, 401, 404, 413] {
        assert_eq!(moments(&[None, Some(end)]).await, [0, 1], "{end}");
    }
}
