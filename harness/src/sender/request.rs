//! What to send: one request with everything about its form that a case may want to vary.

use std::sync::Arc;
use std::time::Duration;

use super::head::{HeadBytes, HeadForm, Host};
use super::target::Target;
use crate::secret::Secret;

/// The `Authorization` header of a request.
#[derive(Clone)]
pub enum Credential {
    /// The configured secret; no header at all when the profile switched authentication off.
    Valid,
    /// No header.
    Absent,
    /// Another value.
    Given {
        /// How it derives from `$WEBHOOK_SECRET`; this is what reports show.
        expression: String,
        /// The header value as sent.
        value: Vec<u8>,
    },
}

/// How the end of the body is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`.
    Length,
    /// `Transfer-Encoding: chunked`, in chunks of this many bytes.
    Chunked(usize),
    /// Neither header: there is no body.
    Bodiless,
    /// Whatever the further headers say, true or not; the body goes out as it stands.
    AsGiven,
}

/// How fast the body goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// As fast as the connection takes it.
    AtOnce,
    /// In this many pieces, evenly spread over the time.
    Spread {
        /// Number of pieces.
        pieces: u32,
        /// From the first to the last piece.
        over: Duration,
    },
    /// After the receiver has asked for it with an interim 100, or this long after the head.
    OnceAskedFor(Duration),
}

/// What the sender does once the bytes are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Read the answer.
    ReadAnswer,
    /// Close the sending side, then read the answer.
    HalfClose,
    /// Close after the last byte without reading.
    LeaveUnanswered,
    /// Close after this many bytes of the body.
    AbortAfter(usize),
}

/// One request.
#[derive(Clone)]
pub struct Request {
    /// What it is, in a few words, for reports.
    pub label: String,
    /// The method.
    pub method: &'static str,
    /// Path and query, when not those of the target.
    pub path_and_query: Option<String>,
    /// What about the head is not as usual.
    pub head: HeadForm,
    /// The `Authorization` header.
    pub credential: Credential,
    /// The `Content-Type` header.
    pub content_type: Option<&'static str>,
    /// Further headers; a value may be derived from the secret, so reports show names only.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// The body before framing.
    pub body: Arc<[u8]>,
    /// The fixture that the body was made from.
    pub fixture: Option<String>,
    /// How the body's end is marked.
    pub framing: Framing,
    /// How fast the body goes out.
    pub pacing: Pacing,
    /// What happens after the last byte.
    pub ending: Ending,
}

impl Request {
    /// A `POST` of this JSON body with the valid credential.
    pub fn post(label: impl Into<String>, body: Arc<[u8]>) -> Self {
        Self {
            label: label.into(),
            method: "POST",
            path_and_query: None,
            head: HeadForm::default(),
            credential: Credential::Valid,
            content_type: Some("application/json"),
            headers: Vec::new(),
            body,
            fixture: None,
            framing: Framing::Length,
            pacing: Pacing::AtOnce,
            ending: Ending::ReadAnswer,
        }
    }

    /// The same request with another credential.
    #[must_use]
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    /// The bytes that go over the connection.
    pub(super) fn encode(
        &self,
        target: &Target,
        secret: Option<&Secret>,
        configured: &[(String, String)],
    ) -> Wire {
        let own_path = target.path_and_query();
        let path = self.path_and_query.as_ref().unwrap_or(&own_path);
        let mut head = HeadBytes::new(self.method, path, &self.head);
        match self.head.host {
            Host::Target => head.header("Host", target.authority().as_bytes()),
            Host::Given(name) => head.header("Host", name.as_bytes()),
            Host::Absent => {}
        }
        self.each_header(secret, configured, |name, value| head.header(name, value));
        let body = match self.framing {
            Framing::Length => {
                head.header("Content-Length", self.body.len().to_string().as_bytes());
                Arc::clone(&self.body)
            }
            Framing::Chunked(size) => {
                head.header("Transfer-Encoding", b"chunked");
                chunked(&self.body, size.max(1)).into()
            }
            Framing::Bodiless => Arc::from([]),
            Framing::AsGiven => Arc::clone(&self.body),
        };
        Wire {
            head: head.end(),
            body,
        }
    }

    /// The headers that every version of HTTP has in common, in order.
    pub(super) fn each_header(
        &self,
        secret: Option<&Secret>,
        configured: &[(String, String)],
        mut header: impl FnMut(&str, &[u8]),
    ) {
        header(
            "User-Agent",
            concat!("hamsa-harness/", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        if let Some(accept) = self.head.accept {
            header("Accept", accept.as_bytes());
        }
        match (&self.credential, secret) {
            (Credential::Valid, Some(secret)) => {
                header("Authorization", secret.expose().as_bytes());
            }
            (Credential::Given { value, .. }, _) => header("Authorization", value),
            (Credential::Valid, None) | (Credential::Absent, _) => {}
        }
        for (name, value) in configured {
            header(name, value.as_bytes());
        }
        for (name, value) in &self.headers {
            header(name, value);
        }
        if let Some(content_type) = self.content_type {
            header("Content-Type", content_type.as_bytes());
        }
    }
}

/// A request as bytes.
pub(super) struct Wire {
    pub(super) head: Vec<u8>,
    pub(super) body: Arc<[u8]>,
}

fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() * 2);
    for chunk in body.chunks(size) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(request: &Request, secret: Option<&Secret>) -> String {
        let target = Target::parse("http://127.0.0.1:9/hook?a=b").unwrap();
        let wire = request.encode(&target, secret, &[("X-Team".to_owned(), "1".to_owned())]);
        String::from_utf8([&wire.head[..], &wire.body].concat()).unwrap()
    }

    #[test]
    fn a_delivery_carries_the_secret_and_its_length() {
        let secret = Secret::parse("Bearer tok").unwrap();
        let sent = text(&Request::post("x", Arc::from(*b"{}")), Some(&secret));
        assert!(sent.starts_with("POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:9\r\n"));
        assert!(sent.contains("\r\nAuthorization: Bearer tok\r\n"));
        assert!(sent.contains("\r\nX-Team: 1\r\n"));
        assert!(sent.ends_with("\r\nContent-Length: 2\r\n\r\n{}"));
    }

    #[test]
    fn chunks_have_the_size_asked_for() {
        let mut request = Request::post("x", Arc::from(*b"abcde"));
        request.framing = Framing::Chunked(2);
        assert!(
            text(&request, None).ends_with("\r\n\r\n2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n")
        );
        assert!(!text(&request, None).contains("Authorization"));
    }
}
