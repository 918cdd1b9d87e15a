//! Requests on streams of an HTTP/2 connection: all but the last byte of each goes out first, then
//! all last bytes one right after the other.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, MaybeDone, join_all, maybe_done};
use h2::SendStream;
use h2::client::ResponseFuture;
use tokio::time::{sleep, timeout};

use super::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use super::barrier::Released;
use super::head::Version;
use super::http2::{Http2, PATIENCE, broken};
use super::reading::{KEPT_BODY, MAX_BODY};
use super::request::{Ending, Framing, Pacing, Request};
use super::response::Response;

/// Bytes of a frame before its payload.
const FRAME_HEAD: usize = 9;

/// Requests whose last bytes are still here.
pub(super) struct Poised {
    timing: Timing,
    held: Vec<(Request, Result<Held, NoAnswer>)>,
}

/// A stream whose last byte is still here.
struct Held {
    /// `None` once there is nothing more to send: an answer came early, or the sender leaves.
    open: Option<SendStream<Bytes>>,
    last: Bytes,
    answer: MaybeDone<BoxFuture<'static, Answered>>,
}

/// What came back on a stream, and when its end was read.
type Answered = (Result<Response, NoAnswer>, Instant);

impl Http2 {
    /// One attempt. The connection is of no more use when the request says that the sender leaves.
    pub(super) async fn attempt(&mut self, request: Request) -> Attempt {
        let poised = self.poise(vec![request.clone()]).await;
        let timing = poised.timing;
        let attempts = self.let_go(poised).await;
        attempts.into_iter().next().unwrap_or_else(|| {
            let (why, partial) = (NoAnswer::Closed, None);
            Attempt::new(request, timing, AttemptResult::NoAnswer { why, partial })
        })
    }

    /// Sends every request but its last byte, each on a stream of its own, then all last bytes.
    ///
    /// The times are the same for all, and never in favour of an overlap: the last byte of any of
    /// them, and the first byte that came back for whichever.
    pub async fn release(&mut self, requests: Vec<Request>) -> Released {
        let poised = self.poise(requests).await;
        Released {
            attempts: self.let_go(poised).await,
            spread: Duration::ZERO,
        }
    }

    /// Sends every request but its last byte, and waits until that has arrived.
    pub(super) async fn poise(&mut self, requests: Vec<Request>) -> Poised {
        let mut timing = self.begin();
        timing.first_byte_written = Some(Instant::now());
        let mut held = Vec::with_capacity(requests.len());
        for request in requests {
            let limit = self.connector.limits.upload(&request, request.body.len());
            timing.upload_limit = timing.upload_limit.max(limit);
            let stream = self.hold_back(&request, limit).await;
            held.push((request, stream));
        }
        self.arrival().await;
        Poised { timing, held }
    }

    /// Opens a stream and gives it everything but the last byte.
    async fn hold_back(&mut self, request: &Request, limit: Duration) -> Result<Held, NoAnswer> {
        let head = self.head(request)?;
        let mut streams = self.streams.clone();
        timeout(PATIENCE, poll_fn(|cx| streams.poll_ready(cx)))
            .await
            .map_err(|_| NoAnswer::TimedOut)?
            .map_err(|error| broken(&error))?;
        let (response, mut stream) = streams
            .send_request(head, false)
            .map_err(|error| broken(&error))?;
        let mut answer = maybe_done(answered(response).boxed());
        let mut body = match request.framing {
            Framing::Bodiless => Bytes::new(),
            Framing::Length | Framing::Chunked(_) | Framing::AsGiven => {
                Bytes::copy_from_slice(&request.body)
            }
        };
        let (first, leaves) = match request.ending {
            Ending::AbortAfter(count) => (count.min(body.len()), true),
            Ending::ReadAnswer | Ending::HalfClose | Ending::LeaveUnanswered => {
                (body.len().saturating_sub(1), false)
            }
        };
        let last = body.split_off(first);
        let is_filled = tokio::select! {
            biased;
            () = &mut answer => false,
            filled = fill(&mut stream, body, last.len(), request.pacing) => filled.is_some(),
            () = sleep(limit) => return Err(NoAnswer::TimedOut),
        };
        if leaves {
            // Dropped, the stream would be reset before the bytes are out.
            self.arrival().await;
        }
        Ok(Held {
            open: (is_filled && !leaves).then_some(stream),
            last,
            answer,
        })
    }

    /// Sends the last bytes and collects the answers.
    pub(super) async fn let_go(&mut self, poised: Poised) -> Vec<Attempt> {
        let Poised {
            mut timing,
            mut held,
        } = poised;
        let awaited = held.iter().filter_map(|(_, stream)| stream.as_ref().ok());
        let awaited = awaited.filter(|stream| stream.open.is_some());
        let awaited = awaited.map(|stream| FRAME_HEAD + stream.last.len()).sum();
        self.clock.set(awaited);
        for (_, stream) in &mut held {
            if let Ok(Held {
                open: Some(stream),
                last,
                ..
            }) = stream
            {
                // A fault shows in the answer.
                let _ = stream.send_data(last.clone(), true);
            }
        }
        let limit = self.connector.limits.answer;
        let clock = &self.clock;
        let answers = join_all(held.into_iter().map(|(request, stream)| async move {
            let nothing = |why| (Err(why), Instant::now());
            let (result, ended) = match stream {
                Err(why) => nothing(why),
                Ok(stream) => match request.ending {
                    Ending::AbortAfter(_) => nothing(NoAnswer::Left),
                    Ending::LeaveUnanswered => {
                        // A receiver that does not take it is left all the same.
                        let _ = timeout(PATIENCE, clock.written()).await;
                        nothing(NoAnswer::Left)
                    }
                    Ending::ReadAnswer | Ending::HalfClose => stream.answer(limit).await,
                },
            };
            (request, result, ended)
        }))
        .await;
        let traffic = self.clock.traffic();
        timing.last_byte_written = traffic.last_written;
        answers
            .into_iter()
            .map(|(request, result, ended)| {
                finished(request, timing, traffic.first_read, result, ended)
            })
            .collect()
    }
}

impl Held {
    async fn answer(mut self, limit: Duration) -> Answered {
        let in_time = timeout(limit, &mut self.answer).await.is_ok();
        let answered = std::pin::Pin::new(&mut self.answer).take_output();
        match answered {
            Some(answered) if in_time => answered,
            _ => (Err(NoAnswer::TimedOut), Instant::now()),
        }
    }
}

/// Gives a stream its body but for the last byte, and makes room for that; `None` when the stream
/// takes no more, and its answer says why.
async fn fill(
    stream: &mut SendStream<Bytes>,
    mut body: Bytes,
    last: usize,
    pacing: Pacing,
) -> Option<()> {
    let (pieces, over) = match pacing {
        Pacing::Spread { pieces, over } => (pieces, over),
        Pacing::AtOnce | Pacing::OnceAskedFor(_) => (1, Duration::ZERO),
    };
    let size = body.len().div_ceil(pieces.max(1) as usize).max(1);
    let pause = over / pieces.max(2).saturating_sub(1);
    while !body.is_empty() {
        let mut piece = body.split_to(size.min(body.len()));
        while !piece.is_empty() {
            let room = room(stream, piece.len()).await?;
            stream.send_data(piece.split_to(room), false).ok()?;
        }
        if !body.is_empty() {
            sleep(pause).await;
        }
    }
    room(stream, last).await.map(|_| ())
}

/// How much of that many bytes may be sent, once any of them may.
async fn room(stream: &mut SendStream<Bytes>, length: usize) -> Option<usize> {
    stream.reserve_capacity(length);
    while stream.capacity() < length.min(1) {
        poll_fn(|cx| stream.poll_capacity(cx)).await?.ok()?;
    }
    Some(stream.capacity().min(length))
}

/// The whole answer on a stream.
async fn answered(response: ResponseFuture) -> Answered {
    let answer = answer(response).await;
    (answer, Instant::now())
}

async fn answer(response: ResponseFuture) -> Result<Response, NoAnswer> {
    let (head, mut stream) = response.await.map_err(|error| broken(&error))?.into_parts();
    let mut answer = Response {
        status: head.status.as_u16(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        keeps_open: true,
        ..Response::default()
    };
    while let Some(part) = stream.data().await {
        let part = part.map_err(|_| NoAnswer::CutShort)?;
        // Only a closed stream refuses it, and then nothing more is awaited.
        let _ = stream.flow_control().release_capacity(part.len());
        let room = KEPT_BODY.saturating_sub(answer.body.len());
        answer.body.extend_from_slice(&part[..part.len().min(room)]);
        answer.body_length += part.len();
        if answer.body_length > MAX_BODY {
            return Err(NoAnswer::TooLong);
        }
    }
    Ok(answer)
}

fn finished(
    mut request: Request,
    mut timing: Timing,
    first_read: Option<Instant>,
    result: Result<Response, NoAnswer>,
    ended: Instant,
) -> Attempt {
    request.head.version = Version::Http2;
    let result = match result {
        Ok(response) => {
            timing.first_byte_read = first_read;
            timing.last_byte_read = Some(ended);
            AttemptResult::Answered(response)
        }
        Err(why) => AttemptResult::NoAnswer { why, partial: None },
    };
    Attempt::new(request, timing, result)
}
