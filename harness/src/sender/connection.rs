//! Connections: made fresh for an attempt, or kept by those who ask for it.

use std::any::Any;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::attempt::{Attempt, AttemptResult, NoAnswer, Timing};
use super::exchange::Limits;
use super::handshake::Handshake;
use super::http2::Http2;
use super::reading::Reading;
use super::request::{Request, Wire};
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
    /// What ordinary attempts are made in.
    pub protocol: Protocol,
}

/// The version of HTTP that a connection carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// HTTP/1.1, as the provider speaks it.
    #[default]
    Http1,
    /// HTTP/2, for a receiver that speaks nothing else.
    Http2,
}

/// What bytes go over: TCP or TLS; dynamic, because each call ends in the system anyway.
pub(super) trait Stream: AsyncRead + AsyncWrite + Any + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Any + Send + Unpin> Stream for T {}

/// An open connection to the receiver.
pub struct Connection {
    pub(super) channel: Channel,
    /// How long connecting took; charged to the first attempt only.
    pub(super) connect: Duration,
    pub(super) opened: Instant,
    pub(super) used: bool,
    /// False once the receiver closed it or a fault made it unusable.
    pub is_open: bool,
}

/// What a connection carries.
pub(super) enum Channel {
    /// HTTP/1.1, byte by byte.
    Http1 {
        stream: Box<dyn Stream>,
        reading: Reading,
    },
    /// HTTP/2.
    Http2(Http2),
}

/// What came over an idle connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// Bytes that nobody had asked for; the first of them.
    Bytes(Vec<u8>),
    /// The receiver closed it.
    Close,
}

/// Shortest time that one of several addresses gets.
const LEAST_SHARE: Duration = Duration::from_secs(1);

impl Connector {
    /// Opens a connection, TLS included.
    ///
    /// # Errors
    /// [`NoAnswer::NotConnected`] or [`NoAnswer::TlsFailed`].
    pub async fn open(&self) -> Result<Connection, NoAnswer> {
        let opened = Instant::now();
        if self.protocol == Protocol::Http2 {
            let channel = Channel::Http2(self.open_http2().await?);
            return Ok(Connection::over(channel, opened));
        }
        let limit = self.limits.connect;
        let tcp = self.open_tcp().await?;
        let stream: Box<dyn Stream> = if self.target.is_tls() {
            let handshake = self.tls.handshake(self.target.host(), tcp, &[]);
            match timeout(limit, handshake).await {
                Ok(done) => Box::new(done.map_err(|error| NoAnswer::TlsFailed(error.to_string()))?),
                Err(_) => return Err(NoAnswer::TlsFailed(format!("timed out after {limit:?}"))),
            }
        } else {
            Box::new(tcp)
        };
        Ok(Connection::new(stream, opened))
    }

    /// The same with other TLS settings.
    #[must_use]
    pub fn with_tls(&self, tls: TlsSetup) -> Self {
        Self {
            tls: Arc::new(tls),
            ..self.clone()
        }
    }

    /// The same by way of one address.
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            addresses: vec![address],
            ..self.clone()
        }
    }

    /// The same host and path over plain http; `None` where [`Target::as_plain`] has none.
    pub fn as_plain(&self) -> Option<Self> {
        let target = self.target.as_plain()?;
        let at_port = |address: &SocketAddr| SocketAddr::new(address.ip(), target.port());
        let addresses = self.addresses.iter().map(at_port).collect();
        Some(Self {
            target,
            addresses,
            protocol: Protocol::default(),
            ..self.clone()
        })
    }

    /// Tries every address. Each has a share of the time, so that one that swallows packets
    /// leaves some for the others.
    pub(super) async fn open_tcp(&self) -> Result<TcpStream, NoAnswer> {
        let limit = self.limits.connect;
        let count = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        let share = (limit / count.max(1)).max(LEAST_SHARE.min(limit));
        let mut last = "the name has no address".to_owned();
        for address in &self.addresses {
            let connecting = async {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            };
            last = match timeout(share, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => plain(&error),
                Err(_) => format!("timed out after {share:?}"),
            };
        }
        Err(NoAnswer::NotConnected(last))
    }

    /// One attempt on a connection of its own.
    pub async fn attempt(&self, request: Request) -> Attempt {
        self.attempt_on_new(request).await.0
    }

    /// One attempt on a new connection, and the connection when there is one.
    pub async fn attempt_on_new(&self, request: Request) -> (Attempt, Option<Connection>) {
        let started = Instant::now();
        match self.open().await {
            Ok(mut connection) => {
                let attempt = self.attempt_on(&mut connection, request).await;
                (attempt, Some(connection))
            }
            Err(why) => {
                let timing = Timing {
                    connect: started.elapsed(),
                    ..Timing::starting(started)
                };
                let result = AttemptResult::NoAnswer { why, partial: None };
                (Attempt::new(request, timing, result), None)
            }
        }
    }

    pub(super) fn encode(&self, request: &Request) -> Wire {
        request.encode(&self.target, self.secret.as_ref(), &self.headers)
    }
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>, opened: Instant) -> Self {
        let reading = Reading::default();
        Self::over(Channel::Http1 { stream, reading }, opened)
    }

    fn over(channel: Channel, opened: Instant) -> Self {
        Self {
            channel,
            connect: opened.elapsed(),
            opened,
            used: false,
            is_open: true,
        }
    }

    /// What the receiver showed in the TLS handshake; `None` over plain http.
    pub fn handshake(&self) -> Option<Handshake> {
        match &self.channel {
            Channel::Http1 { stream, .. } => {
                let stream: &dyn Any = &**stream;
                stream.downcast_ref().map(Handshake::of)
            }
            Channel::Http2(http2) => http2.handshake.clone(),
        }
    }

    /// Looks, without waiting, whether an idle connection can carry another request: false when
    /// the receiver closed it, or sent something that nobody had asked for.
    pub async fn is_live(&mut self) -> bool {
        // The runtime hears of a close when it looks at its sockets; yielding makes it look.
        tokio::task::yield_now().await;
        let has_news = match &mut self.channel {
            Channel::Http1 { stream, .. } => {
                let mut byte = [0];
                poll_fn(|cx| {
                    let mut seen = ReadBuf::new(&mut byte);
                    Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut seen).is_ready())
                })
                .await
            }
            Channel::Http2(http2) => http2.has_ended(),
        };
        self.is_open &= !has_news;
        self.is_open
    }

    /// What comes over an idle connection within that time.
    pub async fn listen(&mut self, time: Duration) -> Heard {
        let heard = match &mut self.channel {
            Channel::Http1 { stream, .. } => {
                let mut bytes = [0; 256];
                match timeout(time, stream.read(&mut bytes)).await {
                    Err(_) => Heard::Nothing,
                    Ok(Ok(count @ 1..)) => Heard::Bytes(bytes[..count].to_vec()),
                    Ok(Ok(0) | Err(_)) => Heard::Close,
                }
            }
            Channel::Http2(http2) => match timeout(time, http2.end()).await {
                Err(_) => Heard::Nothing,
                Ok(()) => Heard::Close,
            },
        };
        self.is_open &= heard == Heard::Nothing;
        heard
    }

    /// The clock of the next attempt on this connection.
    pub(super) fn begin(&mut self) -> Timing {
        if self.used {
            return Timing::starting(Instant::now());
        }
        self.used = true;
        Timing {
            connect: self.connect,
            ..Timing::starting(self.opened)
        }
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
