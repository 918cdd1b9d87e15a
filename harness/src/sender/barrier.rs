//! Releases several requests at the same moment: everything but the last byte goes out first,
//! then all last bytes one right after the other.

use std::io;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncWriteExt as _, WriteHalf};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Moment, sleep_until, timeout};

use super::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use super::connection::{Channel, Connection, Connector, Protocol, Stream};
use super::exchange::{ANSWER_AFTER_BROKEN_WRITE, Limits, cause, no_answer};
use super::reading::{ReadFault, Reading};
use super::request::Request;

/// How long one last byte may take. All others are out by then, so a receiver that reads takes
/// it at once.
const LAST_BYTE: Duration = Duration::from_secs(1);

/// What a release brought.
pub struct Released {
    /// One attempt per request, in the order given.
    pub attempts: Vec<Attempt>,
    /// From the first to the last of the last bytes.
    pub spread: Duration,
}

impl Released {
    pub(super) fn of(attempts: Vec<Attempt>) -> Self {
        let written = || {
            attempts
                .iter()
                .filter_map(|attempt| attempt.timing.last_byte_written)
        };
        let spread = match (written().min(), written().max()) {
            (Some(first), Some(last)) => last.saturating_duration_since(first),
            _ => Duration::ZERO,
        };
        Self { attempts, spread }
    }

    /// Pairs of neighbouring copies that were provably under way at the same time: the later
    /// one's last byte was written before the earlier one's first response byte was read.
    ///
    /// A copy without a byte of answer was under way until we gave up on it. One that was closed
    /// or reset instead may never have been looked at, so it proves nothing and is left out.
    pub fn overlaps(&self) -> usize {
        let mut copies: Vec<&Timing> = self
            .attempts
            .iter()
            .filter(|attempt| {
                attempt.timing.first_byte_read.is_some()
                    || attempt.no_answer() == Some(&NoAnswer::TimedOut)
            })
            .map(|attempt| &attempt.timing)
            .filter(|timing| timing.last_byte_written.is_some())
            .collect();
        copies.sort_by_key(|timing| timing.last_byte_written);
        copies
            .windows(2)
            .filter(|pair| match pair[0].first_byte_read {
                Some(earlier_read) => pair[1].last_byte_written < Some(earlier_read),
                None => true,
            })
            .count()
    }
}

/// Sends each request on its own new connection and releases them together.
pub async fn release_together(connector: &Connector, requests: Vec<Request>) -> Released {
    if connector.protocol == Protocol::Http2 {
        return release_over_http2(connector, requests).await;
    }
    let own = |request| (connector.clone(), request);
    release_across(requests.into_iter().map(own).collect()).await
}

/// Sends each request on its own new connection to its own URL and releases them together.
pub async fn release_across(requests: Vec<(Connector, Request)>) -> Released {
    // All connectors of a run share their limits.
    let limits = requests.first().map(|(connector, _)| connector.limits);
    let Some(limits) = limits else {
        return Released {
            attempts: Vec::new(),
            spread: Duration::ZERO,
        };
    };
    let held = join_all(requests.into_iter().map(|(connector, request)| async move {
        let started = Instant::now();
        match connector.open().await {
            Ok(connection) => hold_back(&connector, connection, request).await,
            Err(why) => {
                let timing = Timing {
                    connect: started.elapsed(),
                    ..Timing::starting(started)
                };
                Err(unsent(request, timing, why))
            }
        }
    }))
    .await;
    release(&limits, held).await
}

async fn release_over_http2(connector: &Connector, requests: Vec<Request>) -> Released {
    let held = join_all(requests.into_iter().map(|request| async {
        let started = Instant::now();
        match connector.open_http2().await {
            Ok(mut http2) => {
                let poised = http2.poise(vec![request]).await;
                Ok((http2, poised))
            }
            Err(why) => {
                let timing = Timing {
                    connect: started.elapsed(),
                    ..Timing::starting(started)
                };
                Err(unsent(request, timing, why))
            }
        }
    }))
    .await;
    let attempts = join_all(held.into_iter().map(|held| async {
        match held {
            Ok((mut http2, poised)) => http2.let_go(poised).await,
            Err(attempt) => vec![*attempt],
        }
    }))
    .await
    .concat();
    Released::of(attempts)
}

/// A request whose last byte is still here, while its answer is already being waited for.
pub(super) struct Held {
    request: Request,
    timing: Timing,
    writer: WriteHalf<Box<dyn Stream>>,
    last: u8,
    until: oneshot::Sender<Moment>,
    answer: JoinHandle<(Reading, Result<Instant, ReadFault>)>,
}

/// Writes everything but the last byte.
///
/// # Errors
/// The finished attempt, when the receiver did not take that much.
pub(super) async fn hold_back(
    connector: &Connector,
    mut connection: Connection,
    request: Request,
) -> Result<Held, Box<Attempt>> {
    let wire = connector.encode(&request);
    let mut bytes = [&wire.head[..], &wire.body[..]].concat();
    // The head ends in a line feed at least, so there is always a last byte.
    let last = bytes.pop().unwrap_or(b'\n');
    let mut timing = connection.begin();
    timing.upload_limit = connector.limits.upload(&request, wire.body.len());
    timing.first_byte_written = Some(Instant::now());
    let Channel::Http1 {
        mut stream,
        mut reading,
    } = connection.channel
    else {
        let why = NoAnswer::NotHttp("it is not HTTP/1.1".to_owned());
        return Err(unsent(request, timing, why));
    };
    let writing = async {
        stream.write_all(&bytes).await?;
        stream.flush().await
    };
    match timeout(timing.upload_limit, writing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let why = NoAnswer::Broken(error.kind().to_string());
            return Err(unsent(request, timing, why));
        }
        Err(_) => return Err(unsent(request, timing, NoAnswer::TimedOut)),
    }
    let (mut reader, writer) = tokio::io::split(stream);
    let (until, given) = oneshot::channel();
    let to_head = request.method == "HEAD";
    // Each answer is read by a task of its own, so that reading starts before the last byte is
    // out and the moment of the first response byte is honest.
    let answer = tokio::spawn(async move {
        let answered = tokio::select! {
            biased;
            () = expiry(given) => Err(ReadFault::timed_out()),
            answered = reading.answer(&mut reader, to_head) => answered,
        };
        (reading, answered)
    });
    Ok(Held {
        request,
        timing,
        writer,
        last,
        until,
        answer,
    })
}

/// Writes the last bytes and collects the answers.
pub(super) async fn release(limits: &Limits, held: Vec<Result<Held, Box<Attempt>>>) -> Released {
    // Polled in order, each writes its byte in its first turn; one that has to wait does not keep
    // the others back.
    let sent = join_all(held.into_iter().map(|held| async {
        match held {
            Ok(held) => Ok(held.release(limits).await),
            Err(attempt) => Err(attempt),
        }
    }))
    .await;
    let mut attempts = Vec::with_capacity(sent.len());
    for copy in sent {
        attempts.push(match copy {
            Ok(sent) => sent.attempt().await,
            Err(attempt) => *attempt,
        });
    }
    Released::of(attempts)
}

struct Sent {
    request: Request,
    timing: Timing,
    fault: Option<io::Error>,
    answer: JoinHandle<(Reading, Result<Instant, ReadFault>)>,
}

impl Held {
    async fn release(mut self, limits: &Limits) -> Sent {
        let last = [self.last];
        let writing = async {
            self.writer.write_all(&last).await?;
            self.writer.flush().await?;
            Ok(Instant::now())
        };
        let (written, patience, fault) = match timeout(LAST_BYTE, writing).await {
            Ok(Ok(at)) => (Some(at), limits.answer, None),
            Ok(Err(error)) => (None, ANSWER_AFTER_BROKEN_WRITE, Some(error)),
            Err(_) => (None, Duration::ZERO, None),
        };
        self.timing.last_byte_written = written;
        // Nobody listens when the answer is there already.
        let _ = self.until.send(Moment::now() + patience);
        Sent {
            request: self.request,
            timing: self.timing,
            fault,
            answer: self.answer,
        }
    }
}

impl Sent {
    async fn attempt(mut self) -> Attempt {
        let (mut reading, answered) = match self.answer.await {
            Ok(read) => read,
            // A fault of ours must not pass for one of the receiver's.
            Err(error) => resume_unwind(match error.try_into_panic() {
                Ok(panic) => panic,
                Err(cancelled) => Box::new(cancelled.to_string()),
            }),
        };
        self.timing.first_byte_read = reading.first_byte;
        let result = match answered {
            Ok(at) => {
                self.timing.last_byte_read = Some(at);
                AttemptResult::Answered(reading.head.take().unwrap_or_default())
            }
            Err(fault) => no_answer(cause(fault, self.fault), &mut reading),
        };
        Attempt::new(self.request, self.timing, result)
    }
}

/// Ends when the time that the release will name has come, or when there will be no release.
async fn expiry(given: oneshot::Receiver<Moment>) {
    if let Ok(until) = given.await {
        sleep_until(until).await;
    }
}

fn unsent(request: Request, timing: Timing, why: NoAnswer) -> Box<Attempt> {
    let result = AttemptResult::NoAnswer { why, partial: None };
    Box::new(Attempt::new(request, timing, result))
}
