//! One way to tell another system by HTTP: a JSON body, an `Idempotency-Key`, a time limit, no redirect, no proxy, and no
//! secret or content in an error.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, redirect, retry};
use rustls_native_certs::load_native_certs;
use serde::Deserialize;
use serde_json::Value;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::setup::{Setup, SetupError};
use crate::sink::SinkError;

/// A longer wait than this is not believed.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// An answer is read up to this many bytes, so that its connection can be used again.
const READ_BYTES: usize = 16 << 10;

/// The settings of a sink that is a URL.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointSettings {
    url: String,
    /// Variable with a token, sent as `Authorization: Bearer`.
    token_env: Option<String>,
    /// Allows `http:` to other machines.
    #[serde(default)]
    plain_http: bool,
}

/// A URL that takes JSON.
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    authorization: Option<HeaderValue>,
}

/// The host alone: paths and queries may hold secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.host()).finish()
    }
}

impl Endpoint {
    pub(super) fn open(own: EndpointSettings, setup: &Setup<'_>) -> Result<Self, SetupError> {
        let mut endpoint = Self::at("`url`", &own.url, own.plain_http, setup)?;
        if let Some(name) = own.token_env {
            let token = setup.secret("token_env", &name)?;
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| SetupError::Token(name))?;
            value.set_sensitive(true);
            endpoint.authorization = Some(value);
        }
        Ok(endpoint)
    }

    /// The endpoint at a URL that was found in the place called `origin`.
    pub(super) fn at(
        origin: &str,
        url: &str,
        is_plain_allowed: bool,
        setup: &Setup<'_>,
    ) -> Result<Self, SetupError> {
        let url = web_url(origin, url)?;
        let is_plain = url.scheme() == "http";
        if is_plain && !is_plain_allowed && !url.host().is_some_and(is_loopback) {
            return Err(SetupError::Plain(origin.to_owned()));
        }
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .user_agent(concat!("hamsa-receiver/", env!("CARGO_PKG_VERSION")))
            .timeout(setup.timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .build()
            .map_err(|error| SetupError::Tls(root_cause(&error)))?;
        Ok(Self {
            client,
            url,
            authorization: None,
        })
    }

    /// The same endpoint, one path segment further.
    pub(super) fn join(&self, segment: &str) -> Self {
        let mut url = self.url.clone();
        // Only a URL without a host has no segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(segment);
        }
        Self {
            client: self.client.clone(),
            url,
            authorization: self.authorization.clone(),
        }
    }

    /// Posts a body. The same `key` stands for the same message, however often it is posted.
    pub(super) async fn post(&self, key: &str, body: &Value) -> Result<(), SinkError> {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(body.to_string());
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        match request.send().await {
            Ok(response) => self.judge(response).await,
            Err(error) => Err(self.failed(&error)),
        }
    }

    async fn judge(&self, mut response: Response) -> Result<(), SinkError> {
        let status = response.status().as_u16();
        let after = response.headers().get(RETRY_AFTER).and_then(wait_asked);
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await
            && read < READ_BYTES
        {
            read += chunk.len();
        }
        let reason = format!("{} answered {status}", self.host());
        match status {
            200..=299 => Ok(()),
            // 409 is what a request with the key of one still under way gets.
            408 | 409 | 425 | 429 | 500..=599 => Err(SinkError::Later { reason, after }),
            _ => Err(SinkError::Never(reason)),
        }
    }

    fn failed(&self, error: &reqwest::Error) -> SinkError {
        let host = self.host();
        let reason = if error.is_timeout() {
            format!("{host} did not answer in time")
        } else if error.is_connect() {
            format!("no connection to {host}: {}", root_cause(error))
        } else {
            format!("{host} broke off")
        };
        let after = None;
        SinkError::Later { reason, after }
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// A URL that a browser or client may be sent to.
pub(super) fn web_url(origin: &str, text: &str) -> Result<Url, SetupError> {
    let is_usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = Url::parse(text).ok().filter(is_usable);
    url.ok_or_else(|| SetupError::Url(origin.to_owned()))
}

/// Whether what is sent there stays on this machine.
pub(super) fn is_loopback<S: AsRef<str>>(host: Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref().eq_ignore_ascii_case("localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => IpAddr::from(ip).to_canonical().is_loopback(),
    }
}

/// The system's roots (or those of `SSL_CERT_FILE`), with the provider that this build has.
fn tls() -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(load_native_certs().certs);
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What a `Retry-After` asks for: seconds or a date.
fn wait_asked(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            until.duration_since(SystemTime::now()).ok()?
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The last of an error's causes: why a connection failed, without the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date_and_bounded() {
        let wait = |text| wait_asked(&HeaderValue::from_static(text));
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait(" 0 "), Some(Duration::ZERO));
        assert_eq!(wait("999999999999"), Some(LONGEST_WAIT));
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT"), Some(LONGEST_WAIT));
        for nonsense in ["", "soon", "-1", "Fri, 31 Dec 1999 23:59:59 GMT"] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }
}
