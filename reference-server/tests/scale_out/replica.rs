//! One replica of the packaged receiver, and one attempt at a time against it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use testcontainers::ImageExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::container::{Container, free_address, request};

pub(crate) const SECRET: &str = "Bearer 0123456789abcdefghijklmnopqrstuv";
/// As long as the provider waits for an acknowledgement.
const DEADLINE: Duration = Duration::from_secs(5);

/// Why an attempt had no answer: refused, reset, cut off, or late.
pub(crate) type NoAnswer = Box<dyn std::error::Error + Send + Sync>;

pub(crate) struct Replica {
    pub(crate) address: SocketAddr,
    pub(crate) container: Container,
}

impl Replica {
    /// Starts the image with this store (a value of `--store`) and waits until it is ready.
    ///
    /// It gets what a careful operator would give it: no capability, no way to get one, nothing writable but `/data`.
    pub(crate) async fn start(store: &str) -> Self {
        let address = free_address();
        let image = request("HAMSA_TEST_IMAGE_RECEIVER", "hamsa-receiver:test")
            .with_env_var("HAMSA_LISTEN", address.to_string())
            .with_env_var("HAMSA_STORE", store)
            .with_env_var("HAMSA_EXPOSE_EFFECTS", "true")
            .with_env_var("WEBHOOK_SECRET", SECRET)
            .with_readonly_rootfs(true)
            .with_cap_drop("ALL")
            .with_security_opt("no-new-privileges");
        let is_ready = async || matches!(get(address, "/readyz").await, Ok((StatusCode::OK, _)));
        let container = Container::start(image, is_ready).await;
        Self { address, container }
    }

    /// One attempt on a connection of its own, without any retry.
    pub(crate) async fn deliver(&self, event: &Value) -> Result<(StatusCode, Value), NoAnswer> {
        let delivery = Request::post("/webhook")
            .header("host", "localhost")
            .header("authorization", SECRET)
            .body(Body::from(event.to_string()))?;
        timeout(DEADLINE, exchange(self.address, delivery)).await?
    }

    /// Waits until it shows `count` effects, or more, of calls with this prefix.
    pub(crate) async fn settled(&self, prefix: &str, count: usize) -> Vec<Value> {
        let effects = async || {
            let answer = get(self.address, &format!("/effects?prefix={prefix}")).await;
            let (status, body) = answer.unwrap();
            assert_eq!(status, StatusCode::OK, "{body}");
            body["effects"].as_array().unwrap().clone()
        };
        let enough = async || effects().await.len() >= count;
        self.container.until("showing its effects", enough).await;
        effects().await
    }
}

async fn get(address: SocketAddr, path: &str) -> Result<(StatusCode, Value), NoAnswer> {
    let question = Request::get(path)
        .header("host", "localhost")
        .body(Body::empty())?;
    timeout(DEADLINE, exchange(address, question)).await?
}

async fn exchange(
    address: SocketAddr,
    request: Request<Body>,
) -> Result<(StatusCode, Value), NoAnswer> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = to_bytes(Body::new(response.into_body()), usize::MAX).await?;
        // The connection ends with its last sender.
        drop(sender);
        Ok((status, serde_json::from_slice(&body)?))
    };
    let (answer, _) = tokio::join!(answer, connection);
    answer
}
