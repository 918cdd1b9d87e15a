//! Releases several requests at the same moment: everything but the last byte goes out first,
//! then all last bytes one right after the other.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt as _;

use super::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use super::connection::Connector;
use super::exchange::{cause, no_answer};
use super::request::Request;

/// What a release brought.
pub struct Released {
    /// One attempt per request, in the order given.
    pub attempts: Vec<Attempt>,
    /// From the first to the last of the last bytes.
    pub spread: Duration,
}

impl Released {
    /// Pairs of neighbouring copies that were provably under way at the same time: the later
    /// one's last byte was written before the earlier one's first response byte was read.
    pub fn overlaps(&self) -> usize {
        let mut copies: Vec<&Timing> = self
            .attempts
            .iter()
            .map(|attempt| &attempt.timing)
            .filter(|timing| timing.last_byte_written.is_some())
            .collect();
        copies.sort_by_key(|timing| timing.last_byte_written);
        copies
            .windows(2)
            .filter(
                |pair| match (pair[0].first_byte_read, pair[1].last_byte_written) {
                    (Some(earlier_read), Some(later_written)) => later_written < earlier_read,
                    // The earlier copy was never answered, so it was still under way.
                    (None, Some(_)) => true,
                    (_, None) => false,
                },
            )
            .count()
    }
}

/// Sends each request on its own new connection and releases them together.
pub async fn release_together(connector: &Connector, requests: Vec<Request>) -> Released {
    let prepared = join_all(
        requests
            .into_iter()
            .map(|request| prepare(connector, request)),
    )
    .await;
    let limit = connector.limits.answer;
    let mut readers = Vec::with_capacity(prepared.len());
    let mut writers = Vec::with_capacity(prepared.len());
    for (request, timing, connected) in prepared {
        match connected {
            Err(why) => {
                writers.push(None);
                readers.push(Err((request, timing, why)));
            }
            Ok((connection, last)) => {
                let mut reading = connection.reading;
                let (mut reader, writer) = tokio::io::split(connection.stream);
                writers.push(Some((writer, last)));
                // Each answer is read by a task of its own, so that reading starts before the
                // last byte is out and the moment of the first response byte is honest.
                let task = tokio::spawn(async move {
                    let answered =
                        tokio::time::timeout(limit, reading.answer(&mut reader, false)).await;
                    (reading, answered)
                });
                readers.push(Ok((request, timing, task)));
            }
        }
    }

    let mut released: Vec<Option<Instant>> = Vec::with_capacity(writers.len());
    for writer in &mut writers {
        released.push(match writer {
            Some((writer, last)) => match writer.write_all(std::slice::from_ref(last)).await {
                Ok(()) => writer.flush().await.ok().map(|()| Instant::now()),
                Err(_) => None,
            },
            None => None,
        });
    }
    let times: Vec<Instant> = released.iter().flatten().copied().collect();
    let spread = match (times.first(), times.last()) {
        (Some(first), Some(last)) => last.saturating_duration_since(*first),
        _ => Duration::ZERO,
    };

    let mut attempts = Vec::with_capacity(readers.len());
    for (reader, written) in readers.into_iter().zip(released) {
        attempts.push(match reader {
            Err((request, timing, why)) => Attempt {
                number: 0,
                request,
                timing,
                result: AttemptResult::NoAnswer { why, partial: None },
            },
            Ok((request, mut timing, task)) => {
                timing.last_byte_written = written;
                let result = match task.await {
                    Ok((mut reading, answered)) => {
                        timing.first_byte_read = reading.first_byte;
                        match answered {
                            Ok(Ok(at)) => {
                                timing.last_byte_read = Some(at);
                                AttemptResult::Answered(reading.head.take().unwrap_or_default())
                            }
                            Ok(Err(fault)) => no_answer(cause(fault, None), &mut reading),
                            Err(_) => no_answer(NoAnswer::TimedOut, &mut reading),
                        }
                    }
                    Err(error) => AttemptResult::NoAnswer {
                        why: NoAnswer::Broken(error.to_string()),
                        partial: None,
                    },
                };
                Attempt {
                    number: 0,
                    request,
                    timing,
                    result,
                }
            }
        });
    }
    Released { attempts, spread }
}

/// Connects and writes everything but the last byte.
async fn prepare(
    connector: &Connector,
    request: Request,
) -> (Request, Timing, Result<(super::Connection, u8), NoAnswer>) {
    let wire = connector.encode(&request);
    let mut bytes = [&wire.head[..], &wire.body[..]].concat();
    // The head ends in a line feed at least, so there is always a last byte.
    let last = bytes.pop().unwrap_or(b'\n');
    let started = Instant::now();
    let mut timing = Timing::starting(started);
    let opened = match connector.open().await {
        Ok(mut connection) => {
            timing = connection.begin();
            timing.first_byte_written = Some(Instant::now());
            let written = match connection.stream.write_all(&bytes).await {
                Ok(()) => connection.stream.flush().await,
                Err(error) => Err(error),
            };
            match written {
                Ok(()) => Ok((connection, last)),
                Err(error) => Err(NoAnswer::Broken(error.kind().to_string())),
            }
        }
        Err(why) => Err(why),
    };
    (request, timing, opened)
}
