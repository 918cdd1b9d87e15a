//! One HTTP exchange: what went out after `>`, what came back after `<`, and when.

use crate::render::Ink;
use crate::render::page::Page;
use crate::render::tally::{number_of, time};
use crate::report::{AttemptRecord, BodyRecord, RequestRecord, ResponseRecord, TimingRecord};

/// Lines of a body that are shown.
const BODY_LINES: usize = 6;

/// Response headers that explain an answer; the others are counted.
const OF_INTEREST: [&str; 9] = [
    "allow",
    "connection",
    "content-length",
    "content-type",
    "location",
    "retry-after",
    "server",
    "transfer-encoding",
    "www-authenticate",
];

/// The exchange as a field of a finding.
pub(super) fn write(page: &mut Page, attempt: &AttemptRecord) {
    let started = time(attempt.timing.started_ms);
    let title = format!(
        "#{} {}, {started} into the run",
        attempt.number, attempt.label
    );
    page.field("exchange", Ink::Plain, &title);
    request(page, &attempt.request);
    match &attempt.response {
        Some(answer) => response(page, answer),
        None => {
            let why = attempt.no_answer.as_deref().unwrap_or("no answer");
            page.quoted("< ", Ink::Bad, why, BODY_LINES);
        }
    }
    page.quoted("", Ink::Dim, &timing(&attempt.timing), BODY_LINES);
}

fn request(page: &mut Page, request: &RequestRecord) {
    let mut sent = |text: &str| page.quoted("> ", Ink::Plain, text, BODY_LINES);
    sent(&format!("{} {}", request.method, request.path));
    match &request.authorization {
        Some(expression) => sent(&format!("Authorization: {expression}")),
        None => sent("(no Authorization)"),
    }
    if let Some(content_type) = &request.content_type {
        sent(&format!("Content-Type: {content_type}"));
    }
    if !request.further_headers.is_empty() {
        sent(&format!("(and {})", request.further_headers.join(", ")));
    }
    if let Some(form) = &request.form {
        sent(&format!("({form})"));
    }
    sent(&body(&request.body));
}

fn body(body: &BodyRecord) -> String {
    match &body.text {
        _ if body.length == 0 => "(no body)".to_owned(),
        Some(text) => text.clone(),
        None => {
            let origin = body
                .fixture
                .as_ref()
                .map(|name| format!(", fixture {name}"));
            let origin = origin.unwrap_or_default();
            format!("({} bytes{origin}, SHA-256 {})", body.length, body.sha256)
        }
    }
}

fn response(page: &mut Page, response: &ResponseRecord) {
    let mut came = |text: &str| page.quoted("< ", Ink::Plain, text, BODY_LINES);
    came(&response.status.to_string());
    let of_interest = |name: &str| OF_INTEREST.contains(&name.to_ascii_lowercase().as_str());
    let (shown, others): (Vec<_>, Vec<_>) = response
        .headers
        .iter()
        .partition(|(name, _)| of_interest(name));
    for (name, value) in shown {
        came(&format!("{name}: {value}"));
    }
    if !others.is_empty() {
        came(&format!(
            "(and {})",
            number_of(others.len(), "further header")
        ));
    }
    if response.body_length == 0 {
        came("(no body)");
        return;
    }
    came(&response.body);
    if response.body_length > response.body.len() {
        came(&format!("({} bytes in all)", response.body_length));
    }
}

fn timing(timing: &TimingRecord) -> String {
    let moments = [
        ("connect", Some(timing.connect_ms).filter(|ms| *ms > 0.0)),
        ("sent at", timing.sent_ms),
        ("first byte at", timing.first_byte_ms),
        ("last byte at", timing.complete_ms),
        ("acknowledgement", timing.acknowledgement_ms),
    ];
    let known: Vec<_> = moments
        .into_iter()
        .filter_map(|(what, ms)| ms.map(|ms| format!("{what} {}", time(ms))))
        .collect();
    if known.is_empty() {
        "nothing was timed".to_owned()
    } else {
        known.join(" · ")
    }
}
