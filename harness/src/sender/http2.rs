//! HTTP/2: requests on streams of one connection, released at the same moment.
//!
//! The library speaks the protocol; the times are taken where the bytes go over the socket, because
//! what the library has been given is not yet sent.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Ping, PingPong, Reason, SendStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use super::barrier::Released;
use super::connection::{Connector, Stream};
use super::reading::{KEPT_BODY, MAX_BODY};
use super::request::Request;
use super::response::Response;
use super::tap::{Clock, Tap};

/// How long a receiver of HTTP/2 may take to say so, and to take what is held back for a release.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of a frame before its payload.
const FRAME_HEAD: usize = 9;

/// An HTTP/2 connection to the receiver.
pub struct Http2 {
    connector: Connector,
    streams: SendRequest<Bytes>,
    pings: PingPong,
    clock: Clock,
    opened: Instant,
    connect: Duration,
    driver: JoinHandle<()>,
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connector {
    /// Opens an HTTP/2 connection: by ALPN over TLS, else with prior knowledge.
    ///
    /// # Errors
    /// [`NoAnswer::NotConnected`] or [`NoAnswer::TlsFailed`] as for other connections, and
    /// [`NoAnswer::NotHttp`] when the receiver does not speak HTTP/2.
    pub async fn open_http2(&self) -> Result<Http2, NoAnswer> {
        let opened = Instant::now();
        let tcp = self.open_tcp().await?;
        let stream: Box<dyn Stream> = if self.target.is_tls() {
            let handshake = self.tls.handshake_http2(self.target.host(), tcp);
            let done = timeout(self.limits.connect, handshake).await;
            let tls = done
                .map_err(|_| NoAnswer::TlsFailed("timed out".to_owned()))?
                .map_err(|error| NoAnswer::TlsFailed(error.to_string()))?;
            if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
                return Err(NoAnswer::NotHttp(
                    "it does not choose h2 by ALPN".to_owned(),
                ));
            }
            Box::new(tls)
        } else {
            Box::new(tcp)
        };
        let clock = Clock::default();
        let silent = |_| NoAnswer::NotHttp("it does not answer the HTTP/2 preface".to_owned());
        let foreign = |error: h2::Error| NoAnswer::NotHttp(format!("it speaks no HTTP/2: {error}"));
        let handshake = h2::client::handshake(Tap::new(stream, clock.clone()));
        let (streams, mut connection) = timeout(PATIENCE, handshake)
            .await
            .map_err(silent)?
            .map_err(foreign)?;
        let mut pings = connection
            .ping_pong()
            .ok_or_else(|| NoAnswer::NotHttp("its connection cannot be asked".to_owned()))?;
        let driver = tokio::spawn(async move {
            // Its end shows in the answers that do not come.
            let _ = connection.await;
        });
        // Our preface is accepted by whoever reads it; only an answer to it proves the protocol.
        timeout(PATIENCE, pings.ping(Ping::opaque()))
            .await
            .map_err(silent)?
            .map_err(foreign)?;
        Ok(Http2 {
            connector: self.clone(),
            streams,
            pings,
            clock,
            opened,
            connect: opened.elapsed(),
            driver,
        })
    }
}

impl Http2 {
    /// How many requests the receiver takes at once.
    pub fn most_streams(&self) -> usize {
        self.streams.current_max_send_streams()
    }

    /// Sends every request but its last byte, each on a stream of its own, then all last bytes.
    ///
    /// The times are the same for all, and never in favour of an overlap: the last byte of any of
    /// them, and the first byte that came back for whichever.
    pub async fn release(&mut self, requests: Vec<Request>) -> Released {
        let connect = std::mem::take(&mut self.connect);
        let mut timing = Timing {
            connect,
            ..Timing::starting(if connect.is_zero() {
                Instant::now()
            } else {
                self.opened
            })
        };
        timing.upload_limit = PATIENCE;
        timing.first_byte_written = Some(Instant::now());
        let mut held = Vec::with_capacity(requests.len());
        for request in requests {
            let stream = self.hold_back(&request).await;
            held.push((request, stream));
        }
        // The answer to a ping comes after everything before the ping has arrived. When there is
        // none, the answers will not come either, and say why.
        let _ = timeout(PATIENCE, self.pings.ping(Ping::opaque())).await;

        let awaited = held.iter().filter(|(_, stream)| stream.is_ok()).count() * (FRAME_HEAD + 1);
        self.clock.set(awaited);
        for (_, stream) in &mut held {
            if let Ok(stream) = stream {
                // A fault shows in the answer.
                let _ = stream.body.send_data(stream.last.clone(), true);
            }
        }
        let limit = self.connector.limits.answer;
        let answers = join_all(held.into_iter().map(|(request, stream)| async move {
            let result = match stream {
                Ok(stream) => timeout(limit, answer(stream.response))
                    .await
                    .unwrap_or(Err(NoAnswer::TimedOut)),
                Err(why) => Err(why),
            };
            (request, result, Instant::now())
        }))
        .await;
        let traffic = self.clock.traffic();
        timing.last_byte_written = traffic.last_written;
        let attempts = answers
            .into_iter()
            .map(|(request, result, ended)| {
                finished(request, timing, traffic.first_read, result, ended)
            })
            .collect();
        Released {
            attempts,
            spread: Duration::ZERO,
        }
    }

    /// Opens a stream and gives it everything but the last byte.
    async fn hold_back(&mut self, request: &Request) -> Result<Held, NoAnswer> {
        let head = self.head(request)?;
        let mut streams = self.streams.clone();
        timeout(PATIENCE, poll_fn(|cx| streams.poll_ready(cx)))
            .await
            .map_err(|_| NoAnswer::TimedOut)?
            .map_err(|error| broken(&error))?;
        let (response, mut body) = streams
            .send_request(head, false)
            .map_err(|error| broken(&error))?;
        let length = request.body.len();
        body.reserve_capacity(length);
        let granted = async {
            while body.capacity() < length {
                match poll_fn(|cx| body.poll_capacity(cx)).await {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(broken(&error)),
                    None => return Err(NoAnswer::Closed),
                }
            }
            Ok(())
        };
        // Without the room for all of it, the last byte would not be the last to go out.
        timeout(PATIENCE, granted)
            .await
            .map_err(|_| NoAnswer::TimedOut)??;
        let whole = Bytes::copy_from_slice(&request.body);
        let first = whole.slice(..length.saturating_sub(1));
        body.send_data(first, false)
            .map_err(|error| broken(&error))?;
        Ok(Held {
            body,
            last: whole.slice(length.saturating_sub(1)..),
            response,
        })
    }

    fn head(&self, request: &Request) -> Result<http::Request<()>, NoAnswer> {
        let target = &self.connector.target;
        let path = request.path_and_query.clone();
        let mut head = http::Request::builder().method(request.method).uri(format!(
            "{}://{}{}",
            target.url().scheme(),
            target.authority(),
            path.unwrap_or_else(|| target.path_and_query())
        ));
        let secret = self.connector.secret.as_ref();
        request.each_header(secret, &self.connector.headers, |name, value| {
            let earlier = std::mem::take(&mut head);
            head = earlier.header(name.to_ascii_lowercase(), value);
        });
        head.header("content-length", request.body.len())
            .body(())
            .map_err(|error| NoAnswer::Broken(format!("HTTP/2 cannot say it: {error}")))
    }
}

/// A stream whose last byte is still here.
struct Held {
    body: SendStream<Bytes>,
    last: Bytes,
    response: ResponseFuture,
}

/// The whole answer on a stream.
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
    request: Request,
    mut timing: Timing,
    first_read: Option<Instant>,
    result: Result<Response, NoAnswer>,
    ended: Instant,
) -> Attempt {
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

fn broken(error: &h2::Error) -> NoAnswer {
    match error.reason() {
        Some(Reason::NO_ERROR) => NoAnswer::Closed,
        _ => NoAnswer::Broken(error.to_string()),
    }
}
