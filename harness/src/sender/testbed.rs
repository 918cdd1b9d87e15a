//! What tests of the sender talk to: small receivers on loopback, and pipes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::connection::Stream;
use super::{Connection, Connector, Limits, Protocol, Request, Target, TlsOptions, TlsSetup};

/// Far longer than any of these exchanges takes; only a test that fails gets there.
pub(crate) const AMPLE: Duration = Duration::from_secs(30);

/// A receiver's side of a new listener.
pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A connector to these addresses that waits `answer` for answers.
pub(crate) fn connector(addresses: &[SocketAddr], answer: Duration) -> Connector {
    Connector {
        target: Target::parse("http://127.0.0.1:9/hook").unwrap(),
        addresses: addresses.to_vec(),
        secret: None,
        headers: Vec::new(),
        limits: Limits {
            connect: Duration::from_secs(5),
            answer,
        },
        tls: Arc::new(TlsSetup::new(TlsOptions::default()).unwrap()),
        protocol: Protocol::default(),
    }
}

/// A connection over something that is no network.
pub(super) fn connection(stream: impl Stream + 'static) -> Connection {
    Connection::new(Box::new(stream), Instant::now())
}

/// A delivery of that many bytes.
pub(crate) fn request(length: usize) -> Request {
    Request::post("a delivery", vec![b'x'; length].into())
}

/// A 200 with this body.
pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Accepts one connection.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

/// Reads up to the end of the head, and not a byte further.
pub(crate) async fn head_of(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// Reads one request with a length, and returns its body; `None` at the end.
pub(crate) async fn body_of(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let head = head_of(stream).await?;
    let (_, rest) = head.split_once("Content-Length: ")?;
    let length: usize = rest.lines().next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(body)
}
