//! Turns attempts into the records of a report.

use std::time::Instant;

use ring::digest::{SHA256, digest};

use crate::report::{
    AttemptRecord, BodyRecord, RequestRecord, ResponseRecord, TimingRecord, Traffic, ms,
};
use crate::sender::{
    Attempt, Credential, Ending, Framing, HeadForm, Pacing, Request, Response, Target, Version,
};

/// Longest body that a report keeps as text.
const KEPT_TEXT: usize = 4 * 1024;

/// The record of an attempt. Bytes become text here; the secret is blanked later, in one place.
pub(super) fn record(attempt: &Attempt, target: &Target, run_started: Instant) -> AttemptRecord {
    let timing = &attempt.timing;
    let since_start =
        |at: Option<Instant>| at.map(|at| ms(at.saturating_duration_since(timing.started)));
    AttemptRecord {
        number: attempt.number,
        label: attempt.request.label.clone(),
        request: request_record(&attempt.request, target),
        response: attempt.answer().map(response_record),
        no_answer: attempt.no_answer().map(|_| attempt.describe()),
        timing: TimingRecord {
            started_ms: ms(timing.started.saturating_duration_since(run_started)),
            connect_ms: ms(timing.connect),
            sent_ms: since_start(timing.last_byte_written),
            first_byte_ms: since_start(timing.first_byte_read),
            complete_ms: since_start(timing.last_byte_read),
            acknowledgement_ms: timing.acknowledgement().map(ms),
        },
    }
}

/// What a case sent in all.
pub(super) fn traffic(attempts: &[Attempt]) -> Traffic {
    let mut traffic = Traffic {
        attempts: attempts.len(),
        ..Traffic::default()
    };
    for attempt in attempts {
        let status = attempt
            .status()
            .map_or_else(|| "none".to_owned(), |s| s.to_string());
        *traffic.statuses.entry(status).or_default() += 1;
    }
    traffic.slowest_ms = attempts
        .iter()
        .filter_map(|attempt| attempt.timing.acknowledgement())
        .max()
        .map(ms);
    traffic
}

fn request_record(request: &Request, target: &Target) -> RequestRecord {
    RequestRecord {
        method: request.method.to_owned(),
        path: request
            .path_and_query
            .clone()
            .unwrap_or_else(|| target.path_and_query()),
        authorization: match &request.credential {
            Credential::Valid => Some("$WEBHOOK_SECRET".to_owned()),
            Credential::Absent => None,
            Credential::Given { expression, .. } => Some(expression.clone()),
        },
        content_type: request.content_type.map(str::to_owned),
        further_headers: request
            .headers
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        form: form(request),
        body: BodyRecord {
            length: request.body.len(),
            sha256: hex(digest(&SHA256, &request.body).as_ref()),
            text: (request.body.len() <= KEPT_TEXT)
                .then(|| String::from_utf8_lossy(&request.body).into_owned()),
            fixture: request.fixture.clone(),
        },
    }
}

fn form(request: &Request) -> Option<String> {
    let framing = match request.framing {
        Framing::Length => None,
        Framing::Chunked(size) => Some(format!("chunks of {size} bytes")),
        Framing::Bodiless => Some("no body".to_owned()),
        Framing::AsGiven => Some("framed by its further headers".to_owned()),
    };
    let pacing = match request.pacing {
        Pacing::AtOnce => None,
        Pacing::Spread { pieces, over } => Some(format!("{pieces} pieces over {over:?}")),
        Pacing::OnceAskedFor(patience) => {
            Some(format!("body when asked for, or after {patience:?}"))
        }
    };
    let ending = match request.ending {
        Ending::ReadAnswer => None,
        Ending::HalfClose => Some("sending side closed after the last byte".to_owned()),
        Ending::LeaveUnanswered => Some("closed after the last byte".to_owned()),
        Ending::AbortAfter(count) => Some(format!("closed after {count} bytes of the body")),
    };
    let mut parts = request.head.differences();
    parts.extend([framing, pacing, ending].into_iter().flatten());
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn response_record(response: &Response) -> ResponseRecord {
    let kept = &response.body[..response.body.len().min(KEPT_TEXT)];
    ResponseRecord {
        status: response.status,
        headers: response
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
            .collect(),
        body_length: response.body_length,
        body: String::from_utf8_lossy(kept).into_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A command that sends the same request again, where a shell can say it.
pub(super) fn curl(
    attempt: &Attempt,
    target: &Target,
    configured: &[(String, String)],
) -> Option<String> {
    let request = &attempt.request;
    let version = request.head.version;
    let is_usual = request.head
        == HeadForm {
            version,
            ..HeadForm::default()
        };
    let is_plain = request.framing == Framing::Length
        && request.pacing == Pacing::AtOnce
        && request.ending == Ending::ReadAnswer
        && request.headers.is_empty()
        && is_usual
        && request.path_and_query.is_none()
        && request.method != "HEAD";
    let text = std::str::from_utf8(&request.body).ok()?;
    // On one line, so that it survives being shown and copied.
    let body = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(event) => event.to_string(),
        Err(_) => text.to_owned(),
    };
    if !is_plain || body.len() > KEPT_TEXT || body.contains(char::is_control) {
        return None;
    }
    let how = match version {
        Version::Http11 => "",
        Version::Http10 => " --http1.0",
        Version::Http2 if target.is_tls() => " --http2",
        Version::Http2 => " --http2-prior-knowledge",
    };
    let mut parts = vec![
        format!("curl -sS -i{how} --max-time 10"),
        format!("-X {}", request.method),
        quoted(&target.shown()),
    ];
    match &request.credential {
        Credential::Valid => parts.push("-H \"Authorization: $WEBHOOK_SECRET\"".to_owned()),
        Credential::Absent => {}
        // curl's own way to say "this header, empty".
        Credential::Given { expression, .. } if expression.is_empty() => {
            parts.push("-H 'Authorization;'".to_owned());
        }
        Credential::Given { expression, .. } => {
            parts.push(format!("-H \"Authorization: {expression}\""));
        }
    }
    // Their values may be secrets of another kind.
    parts.extend(configured.iter().map(|(name, _)| format!("-H '{name}: …'")));
    if let Some(content_type) = request.content_type {
        parts.push(format!(
            "-H {}",
            quoted(&format!("Content-Type: {content_type}"))
        ));
    }
    parts.push(format!("--data-binary {}", quoted(&body)));
    Some(parts.join(" "))
}

/// A word for a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn quotes_survive_a_shell() {
        let said = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("printf %s {}", quoted("it's $HOME `x` \\ \"y\"")))
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&said.stdout),
            "it's $HOME `x` \\ \"y\""
        );
    }

    #[test]
    fn long_bodies_are_kept_by_length_and_hash() {
        let target = Target::parse("http://127.0.0.1:1/").unwrap();
        let mut request = Request::post("x", Arc::from(vec![b'a'; KEPT_TEXT + 1]));
        let long = request_record(&request, &target);
        assert_eq!((long.body.length, long.body.text), (KEPT_TEXT + 1, None));
        request.body = Arc::from(*b"abc");
        let short = request_record(&request, &target);
        assert_eq!(short.body.text.as_deref(), Some("abc"));
        assert!(short.body.sha256.starts_with("ba7816bf"));
    }
}
