//! Attempts: what their times and their words say.

use std::time::{Duration, Instant};

use crate::sender::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use crate::sender::response::Response;
use crate::sender::testbed::request;

fn timing(last_byte_written: Option<u64>, last_byte_read: Option<u64>) -> Timing {
    let started = Instant::now();
    let at = |ms: u64| started + Duration::from_millis(ms);
    Timing {
        first_byte_written: Some(started),
        last_byte_written: last_byte_written.map(at),
        last_byte_read: last_byte_read.map(at),
        upload_limit: Duration::from_millis(13_200),
        ..Timing::starting(started)
    }
}

#[test]
fn an_acknowledgement_counts_from_the_last_byte_written() {
    let took = |written, read| timing(written, read).acknowledgement();
    assert_eq!(took(Some(30), Some(50)), Some(Duration::from_millis(20)));
    assert_eq!(took(None, Some(50)), Some(Duration::ZERO));
    assert_eq!(took(Some(50), Some(30)), Some(Duration::ZERO));
    assert_eq!(took(Some(50), None), None);
}

#[test]
fn a_time_out_says_what_was_missing() {
    let said = |written, partial: Option<Response>| {
        let why = NoAnswer::TimedOut;
        let result = AttemptResult::NoAnswer { why, partial };
        Attempt::new(request(1), timing(written, None), result).describe()
    };
    assert_eq!(
        said(None, None),
        "the receiver did not take the whole body within 13.200 s"
    );
    assert_eq!(said(Some(10), None), "no complete answer in time");
    let head = Response {
        status: 200,
        body_length: 3,
        ..Response::default()
    };
    assert_eq!(
        said(Some(10), Some(head)),
        "status 200 came in time, its body did not end (3 bytes of it)"
    );
}
