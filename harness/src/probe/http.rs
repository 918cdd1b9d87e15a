//! `http:` probe: a GET that answers with effects.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use url::Url;

use super::answer::Reading;
use super::spec::{ProbeError, Scope, SpecError};
use crate::secret::Secret;
use crate::sender::{Target, TlsSetup};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Questions for single calls that are under way at once.
const QUESTIONS_AT_ONCE: usize = 8;

/// Reads effects from a URL.
pub struct HttpProbe {
    client: reqwest::Client,
    template: String,
    pointer: Option<String>,
    /// Goes along to the target's own origin only.
    authorization: Option<HeaderValue>,
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
        let example = fill(&template, "x");
        if let Some((_, rest)) = example.split_once('{') {
            let name = rest.split('}').next().unwrap_or_default();
            return Err(SpecError::Placeholder(template, format!("{{{name}}}")));
        }
        let bad = |reason: String| SpecError::Url(template.clone(), reason);
        let url = Url::parse(&example).map_err(|error| bad(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("it is not http or https".to_owned()));
        }
        if pointer.is_some() && !template.contains("{prefix}") {
            return Err(SpecError::CountWithoutPrefix(template));
        }
        let authorization = secret
            .filter(|_| url.origin() == target.url().origin())
            .and_then(|secret| HeaderValue::from_str(secret.expose()).ok())
            .map(|mut value| {
                value.set_sensitive(true);
                value
            });
        let config = tls.config().map_err(|error| bad(error.to_string()))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config.as_ref().clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            client,
            template,
            pointer,
            authorization,
        })
    }

    pub(super) async fn read(&self, scope: &Scope) -> Result<Reading, ProbeError> {
        if !self.template.contains("{callId}") {
            return self.ask(&fill(&self.template, &scope.prefix)).await;
        }
        let urls: Vec<String> = scope
            .call_ids
            .iter()
            .map(|call_id| fill(&self.template, call_id))
            .collect();
        let mut answers = stream::iter(urls)
            .map(|url| async move { self.ask(&url).await })
            .buffer_unordered(QUESTIONS_AT_ONCE);
        let mut effects = Vec::new();
        let mut total = 0;
        let mut counted = false;
        while let Some(answer) = answers.next().await {
            match answer? {
                Reading::Records(records) => effects.extend(records),
                Reading::Count(count) => {
                    counted = true;
                    total += count;
                }
            }
        }
        Ok(if counted {
            Reading::Count(total)
        } else {
            Reading::Records(effects)
        })
    }

    async fn ask(&self, url: &str) -> Result<Reading, ProbeError> {
        let mut request = self.client.get(url);
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        let unreachable = |error: reqwest::Error| ProbeError::Unreachable(root_cause(&error));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let text = response.text().await.map_err(unreachable)?;
        if !status.is_success() {
            let body = text.chars().take(200).collect();
            return Err(ProbeError::Status {
                status: status.as_u16(),
                body,
            });
        }
        Reading::parse(&text, self.pointer.as_deref())
    }

    pub(super) fn describe(&self) -> String {
        match &self.pointer {
            Some(pointer) => format!("http:{}#{pointer}", self.template),
            None => format!("http:{}", self.template),
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

fn fill(template: &str, value: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    template
        .replace("{prefix}", &encoded)
        .replace("{callId}", &encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender::TlsOptions;
    use wiremock::matchers::{header, method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn parse(spec: &str, target: &Target, secret: Option<&Secret>) -> Result<HttpProbe, SpecError> {
        let tls = TlsSetup::new(TlsOptions::default()).unwrap();
        HttpProbe::parse(spec, target, secret, &tls)
    }

    fn scope() -> Scope {
        Scope {
            prefix: "hc-1-".to_owned(),
            call_ids: vec!["hc-1-a".into(), "hc-1-b".into()],
        }
    }

    fn record(call_id: &str) -> serde_json::Value {
        serde_json::json!({"callId": call_id, "eventType": "e", "timestamp": "t"})
    }

    #[tokio::test]
    async fn the_secret_goes_to_the_targets_origin_only() {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/effects"))
            .and(query_param("prefix", "hc-1-"))
            .and(header("authorization", "Bearer tok"))
            .respond_with(ResponseTemplate::new(200).set_body_json([record("hc-1-a")]))
            .mount(&server)
            .await;
        let spec = format!("{}/effects?prefix={{prefix}}", server.uri());
        let secret = Secret::parse("Bearer tok").unwrap();
        let same = Target::parse(&format!("{}/webhook", server.uri())).unwrap();
        let probe = parse(&spec, &same, Some(&secret)).unwrap();
        assert!(matches!(probe.read(&scope()).await, Ok(Reading::Records(e)) if e.len() == 1));
        let other = Target::parse("http://127.0.0.1:1/webhook").unwrap();
        let probe = parse(&spec, &other, Some(&secret)).unwrap();
        assert!(matches!(
            probe.read(&scope()).await,
            Err(ProbeError::Status { status: 404, .. })
        ));
    }

    #[tokio::test]
    async fn single_calls_are_asked_one_by_one() {
        let server = MockServer::start().await;
        for call_id in ["hc-1-a", "hc-1-b"] {
            Mock::given(path(format!("/calls/{call_id}")))
                .respond_with(ResponseTemplate::new(200).set_body_json([record(call_id)]))
                .mount(&server)
                .await;
        }
        let target = Target::parse(&server.uri()).unwrap();
        let spec = format!("{}/calls/{{callId}}", server.uri());
        let probe = parse(&spec, &target, None).unwrap();
        assert!(matches!(probe.read(&scope()).await, Ok(Reading::Records(e)) if e.len() == 2));
    }

    #[test]
    fn a_count_needs_a_prefix() {
        let target = Target::parse("http://127.0.0.1:1/").unwrap();
        let parse = |text| parse(text, &target, None);
        assert!(matches!(
            parse("//h/count#/n"),
            Err(SpecError::CountWithoutPrefix(_))
        ));
        assert!(parse("http://h/count?p={prefix}#/n").is_ok());
        assert!(matches!(parse("nonsense"), Err(SpecError::Url(..))));
    }
}
