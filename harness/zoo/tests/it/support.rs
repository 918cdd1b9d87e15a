//! A specimen behind a port, and a sender that writes its bytes itself.

#![expect(
    clippy::unwrap_used,
    reason = "a broken set-up should end the test at once"
)]

use std::{future::pending, net::SocketAddr, time::Duration};

use hamsa_zoo::{serve, specimen};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

pub(crate) const CREDENTIAL: &str = "Bearer 0123456789abcdef-secret";
const WRONG: &str = "Bearer zyxwvutsrqponmlk-tercse";

/// A specimen that serves until the test's runtime ends.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) address: SocketAddr,
}

impl Subject {
    pub(crate) async fn start(name: &str) -> Self {
        let specimen = specimen(name).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(
            listener,
            Some(CREDENTIAL.to_owned()),
            specimen,
            pending(),
        ));
        Self { address }
    }

    pub(crate) async fn connect(self) -> Connection {
        Connection {
            stream: TcpStream::connect(self.address).await.unwrap(),
            read: Vec::new(),
        }
    }

    /// Delivers on a connection of its own.
    pub(crate) async fn deliver(self, body: &[u8]) -> Answer {
        self.connect()
            .await
            .exchange(&post(Some(CREDENTIAL), body))
            .await
    }

    /// Delivers without a credential, or with a wrong one.
    pub(crate) async fn intrude(self, with_wrong_one: bool, body: &[u8]) -> Answer {
        self.connect()
            .await
            .exchange(&post(with_wrong_one.then_some(WRONG), body))
            .await
    }

    /// The effects of one call.
    pub(crate) async fn effects(self, call_id: &str) -> Vec<Value> {
        let request = format!("GET /effects?callId={call_id} HTTP/1.1\r\nHost: zoo\r\n\r\n");
        let answer = self.connect().await.exchange(request.as_bytes()).await;
        let body = String::from_utf8(answer.body).unwrap();
        match serde_json::from_str::<Value>(&body) {
            Ok(mut value) if value["effects"].is_array() => {
                serde_json::from_value(value["effects"].take()).unwrap()
            }
            _ => body
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        }
    }

    /// The effects of one call once there are that many, for receivers that take their time.
    pub(crate) async fn settled_effects(self, call_id: &str, count: usize) -> Vec<Value> {
        let settled = async {
            loop {
                let effects = self.effects(call_id).await;
                if effects.len() >= count {
                    return effects;
                }
            }
        };
        timeout(Duration::from_secs(5), settled).await.unwrap()
    }
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One connection and what has been read from it beyond the last answer.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Answer {
        self.send(request).await;
        self.answer(request.starts_with(b"HEAD")).await
    }

    pub(crate) async fn answer(&mut self, is_head: bool) -> Answer {
        let end = self.read_to(b"\r\n\r\n").await;
        let head = String::from_utf8(self.read.drain(..end).collect()).unwrap();
        let status = head[9..12].parse().unwrap();
        let lower = head.to_ascii_lowercase();
        let length = lower
            .split("content-length: ")
            .nth(1)
            .map(|rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        let body = if is_head || status < 200 || status == 204 {
            Vec::new()
        } else if let Some(length) = length {
            while self.read.len() < length {
                assert_ne!(self.fill().await, 0, "the body ends early");
            }
            self.read.drain(..length).collect()
        } else if lower.contains("transfer-encoding: chunked") {
            self.chunks().await
        } else {
            while self.fill().await > 0 {}
            std::mem::take(&mut self.read)
        };
        Answer { status, head, body }
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let end = self.read_to(b"\r\n").await;
            let line: Vec<u8> = self.read.drain(..end).collect();
            let size = std::str::from_utf8(&line).unwrap().trim();
            let size = usize::from_str_radix(size, 16).unwrap();
            while self.read.len() < size + 2 {
                assert_ne!(self.fill().await, 0, "the chunk ends early");
            }
            body.extend(self.read.drain(..size));
            self.read.drain(..2);
            if size == 0 {
                return body;
            }
        }
    }

    async fn read_to(&mut self, end: &[u8]) -> usize {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|part| part == end) {
                return at + end.len();
            }
            assert_ne!(self.fill().await, 0, "the connection ends early");
        }
    }

    async fn fill(&mut self) -> usize {
        let mut part = [0; 4096];
        let read = timeout(Duration::from_secs(10), self.stream.read(&mut part))
            .await
            .unwrap();
        let count = read.unwrap();
        self.read.extend_from_slice(&part[..count]);
        count
    }
}

/// A sized POST to the webhook.
pub(crate) fn post(credential: Option<&str>, body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}\r\n", body.len());
    [head("POST", credential, &length), body.to_vec()].concat()
}

/// A head with these further lines.
pub(crate) fn head(method: &str, credential: Option<&str>, lines: &str) -> Vec<u8> {
    let credential = credential.map(|value| format!("Authorization: {value}\r\n"));
    format!(
        "{method} /webhook HTTP/1.1\r\nHost: zoo\r\nContent-Type: application/json\r\n{}{lines}\r\n",
        credential.unwrap_or_default()
    )
    .into_bytes()
}

/// A valid event of that type; only that of `call.ended` has text outside ASCII.
pub(crate) fn event(event_type: &str, call_id: &str) -> Vec<u8> {
    let reply = if event_type == "call.ended" {
        "نعم"
    } else {
        "yes"
    };
    let event = json!({
        "eventType": event_type,
        "callId": call_id,
        "timestamp": "2026-03-01T12:00:00.000Z",
        "projectId": "p", "agentId": "a", "agentName": "Aide",
        "data": { "confidence": 0.5, "duration": 7, "data": { "outcomeResult": { "reply": reply } } },
    });
    event.to_string().into_bytes()
}
