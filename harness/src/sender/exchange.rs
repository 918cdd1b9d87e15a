//! One exchange: writes the request while it already reads the answer.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::time::{Instant as Moment, sleep, timeout};

use super::attempt::{Attempt, AttemptResult, NoAnswer};
use super::connection::{Channel, Connection, Connector};
use super::reading::{ReadFault, Reading};
use super::request::{Ending, Pacing, Request, Wire};

/// Time limits of an exchange.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the TCP connection, and again for the TLS handshake.
    pub connect: Duration,
    /// From the last request byte to the last response byte. A little over the deadline that is
    /// judged, so that "late" can be told from "never".
    pub answer: Duration,
}

impl Limits {
    /// How long the receiver has to take a request: its body may be large, or paced.
    pub(super) fn upload(&self, request: &Request, length: usize) -> Duration {
        let pacing = match request.pacing {
            Pacing::AtOnce => Duration::ZERO,
            Pacing::Spread { over, .. } => over,
            Pacing::OnceAskedFor(patience) => patience,
        };
        let bytes = Duration::from_secs_f64(length as f64 / SLOWEST_UPLOAD);
        self.answer + pacing + bytes.min(LONGEST_UPLOAD)
    }
}

/// Bytes per second below which a link, or a receiver, is too slow to wait for.
const SLOWEST_UPLOAD: f64 = 128.0 * 1024.0;
/// Most that the size of a body adds to the time for taking it.
const LONGEST_UPLOAD: Duration = Duration::from_secs(30);
/// After the receiver stops taking the body, how long its answer may still be under way.
pub(super) const ANSWER_AFTER_BROKEN_WRITE: Duration = Duration::from_secs(1);

impl Connector {
    /// One attempt on a kept connection.
    pub async fn attempt_on(&self, connection: &mut Connection, request: Request) -> Attempt {
        let mut timing = connection.begin();
        let (stream, reading) = match &mut connection.channel {
            Channel::Http1 { stream, reading } => (stream, reading),
            Channel::Http2(http2) => {
                let attempt = http2.attempt(request).await;
                connection.is_open = attempt.answer().is_some();
                return attempt;
            }
        };
        let wire = self.encode(&request);
        let (mut reader, mut writer) = tokio::io::split(stream);

        timing.upload_limit = self.limits.upload(&request, wire.body.len());
        let mut limit = pin!(sleep(timing.upload_limit));
        let mut first_byte_written = None;
        let mut last_byte_written = None;
        let mut write_fault = None;
        let outcome = {
            let to_head = request.method == "HEAD";
            let asked = Arc::clone(&reading.asked);
            let mut answer = pin!(reading.answer(&mut reader, to_head));
            let mut writing = pin!(write(
                &mut writer,
                &wire,
                &request,
                &asked,
                &mut first_byte_written
            ));
            loop {
                let is_writing = last_byte_written.is_none() && write_fault.is_none();
                tokio::select! {
                    biased;
                    // Before the reading: bytes without end would use up every turn of the task,
                    // and the clock would never be looked at.
                    () = &mut limit => break Some(Err(ReadFault::timed_out())),
                    read = &mut answer => break Some(read),
                    written = &mut writing, if is_writing => match written {
                        Ok(at) if reads_answer(request.ending) => {
                            last_byte_written = Some(at);
                            limit.as_mut().reset(Moment::now() + self.limits.answer);
                        }
                        Ok(at) => {
                            last_byte_written = Some(at);
                            break None;
                        }
                        Err(error) => {
                            write_fault = Some(error);
                            limit.as_mut().reset(Moment::now() + ANSWER_AFTER_BROKEN_WRITE);
                        }
                    },
                }
            }
        };
        timing.first_byte_written = first_byte_written;
        timing.last_byte_written = last_byte_written;
        timing.first_byte_read = reading.first_byte;
        // Half a body on the wire: the next request would be read as its rest.
        let is_whole = last_byte_written.is_some();
        let result = match outcome {
            None => no_answer(NoAnswer::Left, reading),
            Some(Ok(at)) => {
                timing.last_byte_read = Some(at);
                AttemptResult::Answered(reading.head.take().unwrap_or_default())
            }
            Some(Err(fault)) => no_answer(cause(fault, write_fault), reading),
        };
        connection.is_open = is_whole
            && request.ending == Ending::ReadAnswer
            && matches!(&result, AttemptResult::Answered(response) if response.keeps_open);
        Attempt::new(request, timing, result)
    }
}

pub(super) fn no_answer(why: NoAnswer, reading: &mut Reading) -> AttemptResult {
    AttemptResult::NoAnswer {
        why,
        partial: reading.head.take(),
    }
}

pub(super) fn cause(fault: ReadFault, write_fault: Option<io::Error>) -> NoAnswer {
    match (fault, write_fault) {
        (ReadFault::NotHttp(why), _) => NoAnswer::NotHttp(why),
        (ReadFault::TooLong, _) => NoAnswer::TooLong,
        (ReadFault::CutShort, _) => NoAnswer::CutShort,
        (_, Some(error)) => NoAnswer::Broken(error.kind().to_string()),
        (ReadFault::ClosedWithoutAnswer, None) => NoAnswer::Closed,
        (ReadFault::Io(error), None) => match error.kind() {
            io::ErrorKind::TimedOut => NoAnswer::TimedOut,
            kind => NoAnswer::Broken(kind.to_string()),
        },
    }
}

/// Writes the request as it asks to be written; returns when its last byte was written.
async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    wire: &Wire,
    request: &Request,
    asked: &Notify,
    first_byte_written: &mut Option<Instant>,
) -> io::Result<Instant> {
    *first_byte_written = Some(Instant::now());
    let body = match request.ending {
        Ending::AbortAfter(count) => &wire.body[..count.min(wire.body.len())],
        Ending::ReadAnswer | Ending::HalfClose | Ending::LeaveUnanswered => &wire.body[..],
    };
    match request.pacing {
        Pacing::AtOnce if body.len() <= 64 * 1024 => {
            // One write, one segment where it fits: what an ordinary client does.
            writer.write_all(&[&wire.head[..], body].concat()).await?;
        }
        Pacing::AtOnce => {
            writer.write_all(&wire.head).await?;
            writer.write_all(body).await?;
        }
        Pacing::OnceAskedFor(patience) => {
            writer.write_all(&wire.head).await?;
            writer.flush().await?;
            // Receivers need not ask; what matters then is how they take a body that comes unasked.
            let _ = timeout(patience, asked.notified()).await;
            writer.write_all(body).await?;
        }
        Pacing::Spread { pieces, over } => {
            writer.write_all(&wire.head).await?;
            writer.flush().await?;
            let size = body.len().div_ceil(pieces.max(1) as usize).max(1);
            let pause = over / pieces.max(2).saturating_sub(1);
            for (index, piece) in body.chunks(size).enumerate() {
                if index > 0 {
                    sleep(pause).await;
                }
                writer.write_all(piece).await?;
                writer.flush().await?;
            }
        }
    }
    writer.flush().await?;
    let written = Instant::now();
    if request.ending == Ending::HalfClose {
        writer.shutdown().await?;
    }
    Ok(written)
}

fn reads_answer(ending: Ending) -> bool {
    matches!(ending, Ending::ReadAnswer | Ending::HalfClose)
}
