//! `hamsa-receiver healthcheck`: asks the receiver on this machine whether it is ready, for images that have neither
//! a shell nor curl.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than the receiver waits for its store (3 s), shorter than a container engine waits for this process.
const ANSWER_TIME: Duration = Duration::from_secs(4);
const REQUEST: &[u8] = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Ask the receiver on this machine whether it is ready; exit code 0 when it is, 1 when not
#[derive(Debug, clap::Args)]
pub(crate) struct HealthcheckArgs {
    /// Address and port that the receiver listens on
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "HAMSA_LISTEN",
        default_value = "127.0.0.1:3000"
    )]
    listen: SocketAddr,

    /// Address and port of its management listener. On loopback it is asked instead: there it speaks no TLS
    #[arg(long, value_name = "ADDR:PORT", env = "HAMSA_MANAGE")]
    manage: Option<SocketAddr>,
}

/// The receiver is not ready.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unhealthy {
    /// Nothing listens, or it hung up.
    #[error("no answer from {0}: {1}")]
    NoAnswer(SocketAddr, io::Error),
    /// Neither an answer nor an error in time.
    #[error("no answer from {0} within {limit} s", limit = ANSWER_TIME.as_secs())]
    Slow(SocketAddr),
    /// It answered something else than 200.
    #[error("{0} answered `{1}`")]
    NotReady(SocketAddr, String),
}

/// Sends `GET /readyz` to the receiver.
///
/// # Errors
///
/// [`Unhealthy`] unless the answer is 200.
pub(crate) async fn healthcheck(args: &HealthcheckArgs) -> Result<(), Unhealthy> {
    let address = reachable(asked(args));
    let line = timeout(ANSWER_TIME, status_line(address))
        .await
        .map_err(|_| Unhealthy::Slow(address))?
        .map_err(|error| Unhealthy::NoAnswer(address, error))?;
    if line.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(Unhealthy::NotReady(address, line))
    }
}

/// Off loopback the management listener demands the secret, which is not for this process.
fn asked(args: &HealthcheckArgs) -> SocketAddr {
    let open = args.manage.filter(|manage| manage.ip().is_loopback());
    open.unwrap_or(args.listen)
}

/// Where this machine reaches a receiver that listens on every address.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    listen.set_ip(match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    });
    listen
}

async fn status_line(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(REQUEST).await?;
    let mut head = Vec::new();
    // More than any status line has, so that a stranger on the port cannot make this process grow.
    stream.take(128).read_to_end(&mut head).await?;
    let text = String::from_utf8_lossy(&head);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
