//! HTTP/2 connections: by ALPN over TLS, else with prior knowledge.
//!
//! The library speaks the protocol; the times are taken where the bytes go over the socket, because
//! what the library has been given is not yet sent.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Ping, PingPong, Reason};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::attempt::{NoAnswer, Timing};
use super::connection::{Connector, Protocol, Stream};
use super::handshake::Handshake;
use super::request::{Framing, Request};
use super::tap::{Clock, Tap};

/// How long a receiver of HTTP/2 may take to say so.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// What belongs to connections of HTTP/1.1, and may not be said in HTTP/2.
const OF_HTTP_1: [&str; 5] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
];

/// An HTTP/2 connection to the receiver.
pub struct Http2 {
    pub(super) connector: Connector,
    pub(super) streams: SendRequest<Bytes>,
    pub(super) clock: Clock,
    /// What was agreed in TLS.
    pub(super) handshake: Option<Handshake>,
    pings: PingPong,
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
    /// [`NoAnswer::NotHttp`] when the receiver does not speak HTTP/2; once it is known to speak it,
    /// [`NoAnswer::TimedOut`] or another fault instead.
    pub async fn open_http2(&self) -> Result<Http2, NoAnswer> {
        let opened = Instant::now();
        let tcp = self.open_tcp().await?;
        let mut shown = None;
        let stream: Box<dyn Stream> = if self.target.is_tls() {
            // A receiver without HTTP/2 chooses the other instead of failing.
            let protocols: [&[u8]; 2] = [b"h2", b"http/1.1"];
            let handshake = self.tls.handshake(self.target.host(), tcp, &protocols);
            let done = timeout(self.limits.connect, handshake).await;
            let tls = done
                .map_err(|_| NoAnswer::TlsFailed("timed out".to_owned()))?
                .map_err(|error| NoAnswer::TlsFailed(error.to_string()))?;
            if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
                return Err(NoAnswer::NotHttp(
                    "it does not choose h2 by ALPN".to_owned(),
                ));
            }
            shown = Some(Handshake::of(&tls));
            Box::new(tls)
        } else {
            Box::new(tcp)
        };
        let clock = Clock::default();
        // Whoever is known to speak it is only slow, or has a fault.
        let is_known = self.protocol == Protocol::Http2;
        let patience = if is_known {
            self.limits.answer
        } else {
            PATIENCE
        };
        let silent = |_| match is_known {
            true => NoAnswer::TimedOut,
            false => NoAnswer::NotHttp("it does not answer the HTTP/2 preface".to_owned()),
        };
        let foreign = |error: h2::Error| match is_known {
            true => broken(&error),
            false => NoAnswer::NotHttp(format!("it speaks no HTTP/2: {error}")),
        };
        let handshake = h2::client::handshake(Tap::new(stream, clock.clone()));
        let (streams, mut connection) = timeout(patience, handshake)
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
        timeout(patience, pings.ping(Ping::opaque()))
            .await
            .map_err(silent)?
            .map_err(foreign)?;
        Ok(Http2 {
            connector: self.clone(),
            streams,
            clock,
            handshake: shown,
            pings,
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

    /// True once the receiver has ended the connection.
    pub(super) fn has_ended(&self) -> bool {
        self.driver.is_finished()
    }

    /// Waits until the receiver ends the connection.
    pub(super) async fn end(&mut self) {
        if !self.driver.is_finished() {
            // A driver that panicked has ended as well.
            let _ = (&mut self.driver).await;
        }
    }

    /// Waits until everything so far has arrived. When that is not said, the answers will not come
    /// either, and say why.
    pub(super) async fn arrival(&mut self) {
        let _ = timeout(PATIENCE, self.pings.ping(Ping::opaque())).await;
    }

    /// The clock of what is sent next; connecting is charged to the first.
    pub(super) fn begin(&mut self) -> Timing {
        let connect = std::mem::take(&mut self.connect);
        let started = match connect.is_zero() {
            true => Instant::now(),
            false => self.opened,
        };
        Timing {
            connect,
            ..Timing::starting(started)
        }
    }

    /// The request's head as HTTP/2 says it: names in small letters, and nothing of what belongs to
    /// connections.
    pub(super) fn head(&self, request: &Request) -> Result<http::Request<()>, NoAnswer> {
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
            let name = name.to_ascii_lowercase();
            if !OF_HTTP_1.contains(&name.as_str()) {
                let earlier = std::mem::take(&mut head);
                head = earlier.header(name, value);
            }
        });
        if request.framing == Framing::Length {
            head = head.header("content-length", request.body.len());
        }
        head.body(())
            .map_err(|error| NoAnswer::Broken(format!("HTTP/2 cannot say it: {error}")))
    }
}

/// A fault of a stream or its connection.
pub(super) fn broken(error: &h2::Error) -> NoAnswer {
    match error.reason() {
        Some(Reason::NO_ERROR) => NoAnswer::Closed,
        _ => NoAnswer::Broken(error.to_string()),
    }
}
