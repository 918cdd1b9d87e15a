//! What happened: the record of one exchange, with its times.

use std::time::{Duration, Instant};

use super::request::Request;
use super::response::Response;

/// When things happened. All from the client's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// When connecting began, or when writing began on a kept connection.
    pub started: Instant,
    /// How long connecting and the TLS handshake took; zero on a kept connection.
    pub connect: Duration,
    /// How long the receiver had to take the request.
    pub upload_limit: Duration,
    /// When the first byte was written.
    pub first_byte_written: Option<Instant>,
    /// When the last byte was written; `None` when an answer or a fault came before it.
    pub last_byte_written: Option<Instant>,
    /// When the first byte of the answer was read.
    pub first_byte_read: Option<Instant>,
    /// When the last byte of the answer was read.
    pub last_byte_read: Option<Instant>,
}

impl Timing {
    pub(super) fn starting(started: Instant) -> Self {
        Self {
            started,
            connect: Duration::ZERO,
            upload_limit: Duration::ZERO,
            first_byte_written: None,
            last_byte_written: None,
            first_byte_read: None,
            last_byte_read: None,
        }
    }

    /// Last request byte written → last response byte read: the time R1 is about.
    /// An answer that was complete before the body had gone out took no time at all.
    pub fn acknowledgement(&self) -> Option<Duration> {
        let read = self.last_byte_read?;
        Some(
            self.last_byte_written
                .map_or(Duration::ZERO, |w| read.saturating_duration_since(w)),
        )
    }
}

/// Why there was no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The connection was not made.
    NotConnected(String),
    /// The TLS handshake failed.
    TlsFailed(String),
    /// Nothing, or not everything, came in time.
    TimedOut,
    /// The receiver closed before the first byte of an answer.
    Closed,
    /// The receiver closed inside its answer.
    CutShort,
    /// The connection failed.
    Broken(String),
    /// The bytes that came are not HTTP/1.x.
    NotHttp(String),
    /// The answer was longer than the harness reads.
    TooLong,
    /// We left before an answer, as the request asked.
    Left,
}

impl NoAnswer {
    /// The fact in a few words, fit to follow "actual:".
    pub fn describe(&self) -> String {
        match self {
            Self::NotConnected(why) => format!("no connection ({why})"),
            Self::TlsFailed(why) => format!("no TLS handshake ({why})"),
            Self::TimedOut => "no complete answer in time".to_owned(),
            Self::Closed => "the connection was closed without an answer".to_owned(),
            Self::CutShort => "the connection was closed inside the answer".to_owned(),
            Self::Broken(why) => format!("the connection broke ({why})"),
            Self::NotHttp(why) => format!("the answer is not HTTP/1.x ({why})"),
            Self::TooLong => "the answer is longer than 4 MiB, or its head than 64 KiB".to_owned(),
            Self::Left => "the sender left before an answer".to_owned(),
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub enum AttemptResult {
    /// With a whole answer.
    Answered(Response),
    /// Without one.
    NoAnswer {
        /// Why.
        why: NoAnswer,
        /// What had been read of it.
        partial: Option<Response>,
    },
}

/// One HTTP exchange made for a delivery.
#[derive(Clone)]
pub struct Attempt {
    /// Its place in the record of the trial, from zero.
    pub number: usize,
    /// What was sent.
    pub request: Request,
    /// When.
    pub timing: Timing,
    /// What came back.
    pub result: AttemptResult,
}

impl Attempt {
    /// An attempt that no trial has recorded yet.
    pub(super) fn new(request: Request, timing: Timing, result: AttemptResult) -> Self {
        Self {
            number: 0,
            request,
            timing,
            result,
        }
    }

    /// The whole answer, if there was one.
    pub fn answer(&self) -> Option<&Response> {
        match &self.result {
            AttemptResult::Answered(response) => Some(response),
            AttemptResult::NoAnswer { .. } => None,
        }
    }

    /// The status of the whole answer.
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|response| response.status)
    }

    /// Why there was no whole answer.
    pub fn no_answer(&self) -> Option<&NoAnswer> {
        match &self.result {
            AttemptResult::Answered(_) => None,
            AttemptResult::NoAnswer { why, .. } => Some(why),
        }
    }

    /// True when it was answered with any 2xx.
    pub fn is_accepted(&self) -> bool {
        self.answer().is_some_and(Response::is_success)
    }

    /// True when no connection could be made.
    pub fn never_connected(&self) -> bool {
        matches!(
            self.no_answer(),
            Some(NoAnswer::NotConnected(_) | NoAnswer::TlsFailed(_))
        )
    }

    /// What came back, in a few words.
    pub fn describe(&self) -> String {
        match &self.result {
            AttemptResult::Answered(response) if self.timing.last_byte_written.is_none() => {
                format!(
                    "status {} before the whole body had been sent",
                    response.status
                )
            }
            AttemptResult::Answered(response) => {
                let took = self.timing.acknowledgement().unwrap_or_default();
                format!("status {} after {}", response.status, millis(took))
            }
            AttemptResult::NoAnswer {
                why,
                partial: Some(head),
            } if *why == NoAnswer::TimedOut => {
                format!(
                    "status {} came in time, its body did not end ({} bytes of it)",
                    head.status, head.body_length
                )
            }
            AttemptResult::NoAnswer { why, .. }
                if *why == NoAnswer::TimedOut && self.stalled_upload() =>
            {
                format!(
                    "the receiver did not take the whole body within {}",
                    millis(self.timing.upload_limit)
                )
            }
            AttemptResult::NoAnswer { why, .. } => why.describe(),
        }
    }

    fn stalled_upload(&self) -> bool {
        self.timing.first_byte_written.is_some() && self.timing.last_byte_written.is_none()
    }
}

/// A duration for people: milliseconds below a second, else seconds.
pub fn millis(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.3} s", ms / 1000.0)
    }
}
