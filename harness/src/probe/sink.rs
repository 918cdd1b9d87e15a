//! `sink` probe: the harness listens, and the receiver posts a line for each effect it has had.
//!
//! A receiver that the harness starts is told the URL, whose path is random then; one that runs
//! already posts to an address that the user chose, on whatever path. What is posted shows what the
//! receiver did, not what it keeps: no evidence for what survives a kill.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::task::JoinHandle;

use super::answer::{Limits, Reading};
use super::spec::{ProbeError, SpecError};
use crate::ledger::Effect;

/// Bytes that one post may have; a post is one effect, or a handful.
const LONGEST_POST: usize = 1 << 20;
/// Where it listens unless the user says otherwise.
const USUAL: &str = "127.0.0.1:0";

/// Takes effects in.
pub struct SinkProbe {
    url: String,
    received: Arc<Mutex<Received>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Received {
    effects: Vec<Effect>,
    bytes: usize,
    /// The first post that was none: the receiver's line for the sink is wrong then.
    problem: Option<ProbeError>,
}

impl SinkProbe {
    /// Listens at once, so that the URL is known before the receiver is started.
    pub(super) fn parse(address: &str) -> Result<Self, SpecError> {
        let bad = |reason: String| SpecError::Sink(address.to_owned(), reason);
        let is_chosen = !address.is_empty();
        let address: SocketAddr = if is_chosen { address } else { USUAL }
            .parse()
            .map_err(|_| bad("it is not ADDRESS:PORT".to_owned()))?;
        let listener = TcpListener::bind(address).map_err(|error| bad(error.to_string()))?;
        let listening = || -> std::io::Result<_> {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((address, tokio::net::TcpListener::from_std(listener)?))
        };
        let (address, listener) = listening().map_err(|error| bad(error.to_string()))?;
        let received = Arc::new(Mutex::new(Received::default()));
        let (path, router) = if is_chosen {
            ("/".to_owned(), Router::new().fallback(post(take)))
        } else {
            let path = format!("/{:032x}", fastrand::u128(..));
            (path.clone(), Router::new().route(&path, post(take)))
        };
        let router = router
            .layer(DefaultBodyLimit::max(LONGEST_POST))
            .with_state(Arc::clone(&received));
        let server = tokio::spawn(async move {
            // It only ends with the runtime: accept errors are waited out.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url: format!("http://{address}{path}"),
            received,
            server,
        })
    }

    /// Where effects are to be posted.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn read(&self) -> Result<Reading, ProbeError> {
        let Ok(received) = self.received.lock() else {
            return Err(ProbeError::Sink("it was given up".to_owned()));
        };
        match &received.problem {
            Some(problem) => Err(problem.clone()),
            None => Ok(Reading::Records(received.effects.clone())),
        }
    }
}

impl Drop for SinkProbe {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Received {
    fn take(&mut self, body: &[u8], limits: &Limits) -> Result<(), ProbeError> {
        self.bytes += body.len();
        if self.bytes > limits.bytes() {
            return Err(limits.exceeded());
        }
        match Reading::parse(&String::from_utf8_lossy(body), None)? {
            Reading::Records(effects) => {
                self.effects.extend(effects);
                Ok(())
            }
            Reading::Count(_) => Err(ProbeError::Garbage(
                "a post is a record, or several, not a count".to_owned(),
            )),
        }
    }
}

/// Takes one post: a record, an array, NDJSON, or `{"effects": […]}`.
async fn take(
    State(received): State<Arc<Mutex<Received>>>,
    body: Bytes,
) -> Result<StatusCode, (StatusCode, String)> {
    let Ok(mut received) = received.lock() else {
        return Ok(StatusCode::SERVICE_UNAVAILABLE);
    };
    match received.take(&body, &Limits::USUAL) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => {
            let said = error.to_string();
            received
                .problem
                .get_or_insert(ProbeError::Sink(said.clone()));
            Err((StatusCode::BAD_REQUEST, said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender::{TlsOptions, TlsSetup};

    const LINE: &str = r#"{"callId":"c","eventType":"e","timestamp":"t"}"#;

    async fn post(url: &str, body: impl Into<reqwest::Body>) -> u16 {
        let tls = TlsSetup::new(TlsOptions::default()).unwrap();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.config().unwrap().as_ref().clone())
            .no_proxy()
            .build()
            .unwrap();
        let answer = client.post(url).body(body).send().await.unwrap();
        answer.status().as_u16()
    }

    fn count(sink: &SinkProbe) -> usize {
        match sink.read().unwrap() {
            Reading::Records(effects) => effects.len(),
            Reading::Count(_) => panic!("a sink has records"),
        }
    }

    #[tokio::test]
    async fn every_form_of_post_is_taken() {
        let sink = SinkProbe::parse("").unwrap();
        for (body, total) in [
            (LINE.to_owned(), 1),
            (format!("[{LINE},{LINE}]"), 3),
            (format!("{LINE}\n{LINE}\n"), 5),
        ] {
            assert_eq!(post(sink.url(), body).await, 204);
            assert_eq!(count(&sink), total);
        }
    }

    #[tokio::test]
    async fn another_path_is_nobody_unless_the_user_chose_the_address() {
        for (address, status, total) in [("", 404, 0), ("127.0.0.1:0", 204, 1)] {
            let sink = SinkProbe::parse(address).unwrap();
            let (base, _) = sink.url().rsplit_once('/').unwrap();
            assert_eq!(post(&format!("{base}/effects"), LINE).await, status);
            assert_eq!(count(&sink), total);
        }
    }

    #[tokio::test]
    async fn what_is_no_effect_is_refused_and_told() {
        for body in ["<html>", "7"] {
            let sink = SinkProbe::parse("").unwrap();
            assert_eq!(post(sink.url(), body).await, 400);
            assert!(sink.read().is_err(), "{body}");
        }
        let sink = SinkProbe::parse("").unwrap();
        assert_eq!(post(sink.url(), vec![b' '; LONGEST_POST + 1]).await, 413);
    }

    #[tokio::test]
    async fn an_address_in_use_is_told() {
        let sink = SinkProbe::parse("").unwrap();
        let host = sink.url().split('/').nth(2).unwrap();
        assert!(SinkProbe::parse(host).is_err());
        assert!(SinkProbe::parse("here").is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let limits = Limits {
            mebibytes: 1,
            ..Limits::USUAL
        };
        let mut received = Received::default();
        let many = format!("[{}]", [LINE; 10_000].join(","));
        assert!(received.take(many.as_bytes(), &limits).is_ok());
        assert!((0..3).any(|_| received.take(many.as_bytes(), &limits).is_err()));
    }
}
