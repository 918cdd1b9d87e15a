//! Connections: made fresh for an attempt, or kept by a case that asks for it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use super::exchange::Limits;
use super::request::{Request, Wire};
use super::response::Reading;
use super::target::Target;
use super::tls::TlsSetup;
use crate::secret::Secret;

/// Makes connections to one receiver, and knows what every request to it carries.
#[derive(Clone)]
pub struct Connector {
    /// The receiver.
    pub target: Target,
    /// Its addresses, tried in order.
    pub addresses: Vec<SocketAddr>,
    /// The bearer value; `None` when the profile switched authentication off.
    pub secret: Option<Secret>,
    /// Headers that the user adds to every request.
    pub headers: Vec<(String, String)>,
    /// Time limits.
    pub limits: Limits,
    /// TLS settings, for https targets.
    pub tls: Arc<TlsSetup>,
}

/// A plain or a TLS stream.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// An open connection to the receiver.
pub struct Connection {
    pub(super) stream: Stream,
    pub(super) reading: Reading,
    /// How long connecting took; charged to the first attempt only.
    pub(super) connect: Duration,
    pub(super) opened: Instant,
    pub(super) used: bool,
    /// False once the receiver closed it or a fault made it unusable.
    pub is_open: bool,
}

impl Connector {
    /// Opens a connection, TLS included.
    ///
    /// # Errors
    /// [`NoAnswer::NotConnected`] or [`NoAnswer::TlsFailed`].
    pub async fn open(&self) -> Result<Connection, NoAnswer> {
        let opened = Instant::now();
        let limit = self.limits.connect;
        let tcp = match tokio::time::timeout(limit, self.open_tcp()).await {
            Ok(connected) => connected.map_err(|error| NoAnswer::NotConnected(plain(&error)))?,
            Err(_) => {
                return Err(NoAnswer::NotConnected(format!("timed out after {limit:?}")));
            }
        };
        let stream = if self.target.is_tls() {
            let handshake = self.tls.handshake(self.target.host(), tcp);
            match tokio::time::timeout(limit, handshake).await {
                Ok(done) => Stream::Tls(Box::new(
                    done.map_err(|error| NoAnswer::TlsFailed(error.to_string()))?,
                )),
                Err(_) => return Err(NoAnswer::TlsFailed(format!("timed out after {limit:?}"))),
            }
        } else {
            Stream::Plain(tcp)
        };
        Ok(Connection {
            stream,
            reading: Reading::default(),
            connect: opened.elapsed(),
            opened,
            used: false,
            is_open: true,
        })
    }

    async fn open_tcp(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in &self.addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// One attempt on a connection of its own.
    pub async fn attempt(&self, request: Request) -> Attempt {
        let started = Instant::now();
        match self.open().await {
            Ok(mut connection) => self.attempt_on(&mut connection, request).await,
            Err(why) => Attempt {
                number: 0,
                request,
                timing: Timing {
                    connect: started.elapsed(),
                    ..Timing::starting(started)
                },
                result: AttemptResult::NoAnswer { why, partial: None },
            },
        }
    }

    pub(super) fn encode(&self, request: &Request) -> Wire {
        request.encode(&self.target, self.secret.as_ref(), &self.headers)
    }
}

/// An OS error without the code in brackets.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or(&text)
        .to_lowercase()
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
