//! An answer and the ways in which it can be put on the connection.

use std::time::Duration;

use tokio::{io, time::sleep};

use super::Wire;
use crate::behaviour::{BodyEnd, Framing};

/// A status, headers and a body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
    pub(crate) body_end: BodyEnd,
}

impl Answer {
    /// An answer whose body is of that media type.
    pub(crate) fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = if body.is_empty() {
            Vec::new()
        } else {
            vec![("Content-Type", media_type.to_owned())]
        };
        Self {
            status,
            headers,
            body,
            framing: Framing::Sized,
            body_end: BodyEnd::Prompt,
        }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The head as bytes; `close` says that no further request is read.
    fn head(&self, framing: Framing, close: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match framing {
            // 204 has no body by definition, and must not speak of its length.
            _ if self.status == 204 => {}
            Framing::Sized => head.push_str(&format!("Content-Length: {}\r\n", self.body.len())),
            Framing::OneShort => {
                let length = self.body.len().saturating_sub(1);
                head.push_str(&format!("Content-Length: {length}\r\n"));
            }
            Framing::Chunked | Framing::ChunkedForAll => {
                head.push_str("Transfer-Encoding: chunked\r\n")
            }
            Framing::UntilClose => {}
        }
        if close {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Writes an answer; `is_head` leaves the body out, as an answer to HEAD must.
pub(crate) async fn write(
    wire: &mut Wire,
    answer: &Answer,
    is_head: bool,
    close: bool,
) -> io::Result<()> {
    let framing = match answer.body_end {
        BodyEnd::Never => Framing::Chunked,
        BodyEnd::Prompt | BodyEnd::Late(_) | BodyEnd::Trickled(_) => answer.framing,
    };
    let mut bytes = answer.head(framing, close);
    if is_head || answer.status == 204 {
        return wire.send(&bytes).await;
    }
    let body = match framing {
        Framing::Sized | Framing::UntilClose | Framing::OneShort => answer.body.clone(),
        Framing::Chunked | Framing::ChunkedForAll => in_chunks(&answer.body),
    };
    match answer.body_end {
        BodyEnd::Prompt => {
            bytes.extend(body);
            wire.send(&bytes).await
        }
        BodyEnd::Late(ms) => {
            wire.send(&bytes).await?;
            sleep(Duration::from_millis(ms)).await;
            wire.send(&body).await
        }
        BodyEnd::Trickled(ms) => {
            wire.send(&bytes).await?;
            let pause = Duration::from_millis(ms / body.len().max(1) as u64);
            for byte in body {
                sleep(pause).await;
                wire.send(&[byte]).await?;
            }
            Ok(())
        }
        BodyEnd::Never => {
            bytes.extend(body.strip_suffix(b"0\r\n\r\n").unwrap_or(&body));
            wire.send(&bytes).await?;
            wire.hangs_up_within(Duration::from_secs(60)).await;
            Ok(())
        }
    }
}

/// Two chunks, so that a reader which stops after the first one is found out.
fn in_chunks(body: &[u8]) -> Vec<u8> {
    let (first, second) = body.split_at(body.len() / 2);
    let mut chunks = Vec::new();
    for part in [first, second].into_iter().filter(|part| !part.is_empty()) {
        chunks.extend(format!("{:x}\r\n", part.len()).into_bytes());
        chunks.extend(part);
        chunks.extend(b"\r\n");
    }
    chunks.extend(b"0\r\n\r\n");
    chunks
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        208 => "Already Reported",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        406 => "Not Acceptable",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    }
}
