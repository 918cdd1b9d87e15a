//! `http:` probe: a GET that answers with effects.

mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, stream};
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use tokio_rustls::rustls::ClientConfig;
use url::Url;

use self::template::Template;
use super::answer::{Limits, Reading, start_of};
use super::spec::{ProbeError, Scope, SpecError};
use crate::secret::Secret;
use crate::sender::{Target, TlsSetup};

/// Questions for single calls that are under way at once.
const QUESTIONS_AT_ONCE: usize = 8;
/// Characters of a refusal's body that are shown, and bytes of it that are read.
const SHOWN: usize = 200;
const REFUSAL: usize = 4 * SHOWN;

/// Reads effects from a URL.
pub struct HttpProbe {
    client: reqwest::Client,
    /// For origins that speak nothing else.
    over_http2: reqwest::Client,
    template: Template,
    pointer: Option<String>,
    /// Goes along to the target's own origin only.
    authorization: Option<HeaderValue>,
    limits: Limits,
}

impl HttpProbe {
    /// `URL[#/json/pointer]`, where `{prefix}` or `{callId}` stand for what is asked.
    pub(super) fn parse(
        text: &str,
        target: &Target,
        secret: Option<&Secret>,
        tls: &TlsSetup,
    ) -> Result<Self, SpecError> {
        // Both `http:http://host/…` and the shorter `http://host/…` are natural to write.
        let full = if text.starts_with("//") {
            format!("http:{text}")
        } else {
            text.to_owned()
        };
        let (template, pointer) = match full.split_once('#') {
            Some((url, pointer)) => (url.to_owned(), Some(pointer.to_owned())),
            None => (full, None),
        };
        let template = Template::new(template);
        if let Some(name) = template.unknown_placeholder() {
            return Err(SpecError::Placeholder(template.shown(), name));
        }
        let bad = |reason: String| SpecError::Url(template.shown(), reason);
        let url = Url::parse(&template.fill("x", "x")).map_err(|error| bad(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("it is not http or https".to_owned()));
        }
        // Who writes a user into the URL wants that one.
        let has_user = !url.username().is_empty() || url.password().is_some();
        let authorization = secret
            .filter(|_| url.origin() == target.url().origin() && !has_user)
            .and_then(|secret| HeaderValue::from_str(secret.expose()).ok())
            .map(|mut value| {
                value.set_sensitive(true);
                value
            });
        let config = tls.config().map_err(|error| bad(error.to_string()))?;
        let client = |config| {
            reqwest::Client::builder()
                .tls_backend_preconfigured(config)
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
        };
        let mut offering_http2 = ClientConfig::clone(&config);
        offering_http2.alpn_protocols = vec![b"h2".to_vec()];
        let usual = client(ClientConfig::clone(&config)).http1_only().build();
        let over_http2 = client(offering_http2).http2_prior_knowledge().build();
        Ok(Self {
            client: usual.map_err(|error| bad(error.to_string()))?,
            over_http2: over_http2.map_err(|error| bad(error.to_string()))?,
            template,
            pointer,
            authorization,
            limits: Limits::USUAL,
        })
    }

    pub(super) async fn read(&self, scope: &Scope) -> Result<Reading, ProbeError> {
        let taken = AtomicUsize::new(0);
        if self.template.is_about_one_call() {
            return self.read_each(scope, &taken).await;
        }
        let url = self.template.fill(&scope.prefix, "");
        match self.ask(&url, &taken).await? {
            Reading::Count(_) if self.template.is_about_everything() => {
                let why = "a count has to be asked for one case at a time, so the URL needs \
                           `{prefix}` or `{callId}`";
                Err(ProbeError::Garbage(why.to_owned()))
            }
            reading => Ok(reading),
        }
    }

    /// Asks for every call on its own.
    async fn read_each(&self, scope: &Scope, taken: &AtomicUsize) -> Result<Reading, ProbeError> {
        // Asking for a call twice would double its effects.
        let call_ids: BTreeSet<String> = scope.call_ids.iter().cloned().collect();
        let mut answers = stream::iter(call_ids)
            .map(|call_id| async move {
                let url = self.template.fill(&scope.prefix, &call_id);
                match self.ask(&url, taken).await {
                    // A receiver that never took an event of the call does not know it.
                    Err(ProbeError::Status { status: 404, .. }) => Ok(Reading::Records(vec![])),
                    Ok(Reading::Records(mut records)) => {
                        // A receiver that looks at no call id answers with those of all calls.
                        records.retain(|record| record.call_id == call_id);
                        Ok(Reading::Records(records))
                    }
                    other => other,
                }
            })
            .buffered(QUESTIONS_AT_ONCE);
        let mut effects = Vec::new();
        let mut total = None;
        while let Some(answer) = answers.next().await {
            match answer? {
                Reading::Records(records) => effects.extend(records),
                Reading::Count(count) => {
                    total = Some(u64::saturating_add(total.unwrap_or_default(), count));
                }
            }
        }
        Ok(match total {
            Some(total) => Reading::Count(total.saturating_add(effects.len() as u64)),
            None => Reading::Records(effects),
        })
    }

    /// Asks one question; `taken` counts the bytes of the reading it belongs to.
    async fn ask(&self, url: &str, taken: &AtomicUsize) -> Result<Reading, ProbeError> {
        let mut response = match self.get(&self.client, url).await {
            Err(error) if !error.is_connect() && !error.is_timeout() => {
                let in_other_words = self.get(&self.over_http2, url).await;
                in_other_words.map_err(|_| self.unreachable(&error))?
            }
            asked => asked.map_err(|error| self.unreachable(&error))?,
        };
        let status = response.status();
        let mut body = Vec::new();
        if !status.is_success() {
            // The status says it all, so a body that breaks off is good enough.
            while body.len() < REFUSAL
                && let Ok(Some(chunk)) = response.chunk().await
            {
                body.extend_from_slice(&chunk);
            }
            return Err(ProbeError::Status {
                status: status.as_u16(),
                body: start_of(&String::from_utf8_lossy(&body), SHOWN),
            });
        }
        while let Some(chunk) = response.chunk().await.map_err(|e| self.unreachable(&e))? {
            let before = taken.fetch_add(chunk.len(), Ordering::Relaxed);
            if before + chunk.len() > self.limits.bytes() {
                return Err(self.limits.exceeded());
            }
            body.extend_from_slice(&chunk);
        }
        Reading::parse(&String::from_utf8_lossy(&body), self.pointer.as_deref())
    }

    async fn get(&self, client: &reqwest::Client, url: &str) -> reqwest::Result<Response> {
        let mut request = client.get(url).timeout(self.limits.time);
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        request.send().await
    }

    fn unreachable(&self, error: &reqwest::Error) -> ProbeError {
        ProbeError::Unreachable(if error.is_timeout() {
            format!("no end after {:?}", self.limits.time)
        } else {
            root_cause(error)
        })
    }

    pub(super) fn describe(&self) -> String {
        let url = self.template.shown();
        match &self.pointer {
            Some(pointer) => format!("http:{url}#{pointer}"),
            None => format!("http:{url}"),
        }
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
