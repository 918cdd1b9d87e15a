//! A receiver to test, and a client that sends exactly the bytes a test wants.

use std::net::SocketAddr;
use std::time::Duration;

use hamsa_reference_server::auth::{AcceptList, Auth};
use hamsa_reference_server::store::StoreTarget;
use hamsa_reference_server::{ServeError, Settings, serve_managed};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "Bearer 0123456789abcdefghijklmnopqrstuv";

/// Settings for tests: memory, effects exposed, the one secret.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new(Auth::Accept(AcceptList::parse(SECRET).unwrap()));
    settings.store = StoreTarget::Memory;
    settings.expose_effects = true;
    settings
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Receiver {
    pub(crate) async fn start(settings: Settings) -> Self {
        Self::start_at("127.0.0.1:0", settings).await
    }

    pub(crate) async fn start_at(address: &str, settings: Settings) -> Self {
        Self::start_managed(address, None, settings).await
    }

    /// With a management listener.
    pub(crate) async fn start_managed(
        address: &str,
        managing: Option<TcpListener>,
        settings: Settings,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], listener.local_addr().unwrap().port()));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve_managed(listener, managing, settings, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    /// Begins to stop; the returned task ends when everything is closed.
    pub(crate) fn begin_stop(self) -> JoinHandle<Result<(), ServeError>> {
        let _ = self.stop.send(());
        self.task
    }

    pub(crate) async fn stop(self) {
        self.begin_stop().await.unwrap().unwrap();
    }

    pub(crate) async fn deliver(&self, event: &Value) -> Reply {
        deliver(self.address, event).await
    }

    pub(crate) async fn send(&self, request: Request<'_>) -> Reply {
        send(self.address, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request {
            method: "GET",
            path,
            auth: &[],
            body: b"",
        })
        .await
    }

    pub(crate) async fn effects(&self, prefix: &str) -> Vec<Value> {
        effects(self.address, prefix).await
    }

    /// Waits until there are `count` effects.
    pub(crate) async fn settled(&self, prefix: &str, count: usize) -> Vec<Value> {
        settled(self.address, prefix, count).await
    }
}

/// One request on a connection of its own.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) auth: &'a [&'a str],
    pub(crate) body: &'a [u8],
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self {
            method: "POST",
            path: "/webhook",
            auth: &[SECRET],
            body: b"",
        }
    }
}

impl Request<'_> {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self {
            method,
            path,
            auth,
            body,
        } = self;
        let auth: String = auth
            .iter()
            .map(|v| format!("Authorization: {v}\r\n"))
            .collect();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{auth}Content-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn has_header(&self, line: &str) -> bool {
        self.head
            .lines()
            .any(|other| other.eq_ignore_ascii_case(line))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole response head");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let is_chunked = head.contains("transfer-encoding: chunked");
        let body = if is_chunked {
            unchunked(body)
        } else {
            body.to_owned()
        };
        Self {
            status: status.expect("a status"),
            head: head.to_owned(),
            body,
        }
    }
}

/// The chunks of a body that ends as it should.
fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n").expect("a chunk");
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
}

pub(crate) async fn send(address: SocketAddr, request: Request<'_>) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request.bytes()).await.unwrap();
    read_reply(&mut stream).await
}

/// Reads until the receiver closes.
pub(crate) async fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    Reply::parse(&bytes)
}

pub(crate) async fn deliver(address: SocketAddr, event: &Value) -> Reply {
    let body = event.to_string();
    send(
        address,
        Request {
            body: body.as_bytes(),
            ..Request::default()
        },
    )
    .await
}

pub(crate) async fn effects(address: SocketAddr, prefix: &str) -> Vec<Value> {
    let path = format!("/effects?prefix={prefix}");
    let reply = send(
        address,
        Request {
            method: "GET",
            path: &path,
            ..Request::default()
        },
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["effects"].as_array().unwrap().clone()
}

pub(crate) async fn settled(address: SocketAddr, prefix: &str, count: usize) -> Vec<Value> {
    let settle = async {
        loop {
            let effects = effects(address, prefix).await;
            if effects.len() >= count {
                return effects;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settle)
        .await
        .expect("effects appear")
}

pub(crate) fn event(event_type: &str, call_id: &str, timestamp: &str) -> Value {
    json!({
        "eventType": event_type, "callId": call_id, "timestamp": timestamp,
        "projectId": "p", "agentId": "a", "agentName": "n", "data": {"data": {}},
    })
}
