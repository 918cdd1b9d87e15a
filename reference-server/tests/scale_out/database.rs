//! A PostgreSQL or Redis that replicas share, on loopback, as durable as the receiver's promise needs.

use std::io;
use std::net::SocketAddr;

use testcontainers::ImageExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::container::{Container, free_address, request};

pub(crate) struct Database {
    /// What a replica gets as `--store`.
    pub(crate) store: String,
    // Held, not read: it ends when this is dropped.
    _container: Container,
}

impl Database {
    pub(crate) async fn postgres() -> Self {
        let address = free_address();
        let image = request("HAMSA_TEST_IMAGE_POSTGRES", "postgres:17")
            .with_env_var("POSTGRES_USER", "hamsa")
            .with_env_var("POSTGRES_PASSWORD", "throw-away")
            .with_cmd(options(&[
                ("listen_addresses", &address.ip().to_string()),
                ("port", &address.port().to_string()),
                ("fsync", "on"),
                ("synchronous_commit", "on"),
            ]));
        let accepts = async || matches!(ask(address, &startup(), 1).await.as_deref(), Ok(b"R"));
        Self {
            store: format!("postgres://hamsa:throw-away@{address}/hamsa"),
            _container: Container::start(image, accepts).await,
        }
    }

    pub(crate) async fn redis() -> Self {
        let address = free_address();
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        let image = request("HAMSA_TEST_IMAGE_REDIS", "redis:7").with_cmd([
            "--bind",
            &ip,
            "--port",
            &port,
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--maxmemory-policy",
            "noeviction",
        ]);
        let accepts = async || {
            matches!(
                ask(address, b"PING\r\n", 7).await.as_deref(),
                Ok(b"+PONG\r\n")
            )
        };
        Self {
            store: format!("redis://{address}"),
            _container: Container::start(image, accepts).await,
        }
    }
}

/// PostgreSQL's start-up message for user and database `hamsa`. Answered with `R`, which asks for the password; with `E`
/// while the server still starts.
fn startup() -> Vec<u8> {
    let rest = b"\0\x03\0\0user\0hamsa\0database\0hamsa\0\0";
    let length = u32::try_from(4 + rest.len()).unwrap();
    [&length.to_be_bytes(), rest.as_slice()].concat()
}

fn options(settings: &[(&str, &str)]) -> Vec<String> {
    let option = |(name, value): &(&str, &str)| ["-c".to_owned(), format!("{name}={value}")];
    settings.iter().flat_map(option).collect()
}

/// Sends bytes on a connection of its own, and reads so many.
pub(crate) async fn ask(address: SocketAddr, question: &[u8], count: usize) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(question).await?;
    let mut answer = vec![0; count];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}
