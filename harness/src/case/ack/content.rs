//! What answers hold: their size, their framing, their words.

use serde_json::Value;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::redact::Redactor;
use crate::sender::{Attempt, Credential, Response};
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_15, ACK_16, ACK_17];

/// Bytes of an answer that nobody needs more of.
const LARGEST: usize = 64 * 1024;

const ACK_15: Case = Case {
    id: "ACK-15",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-07", "G-VAL-08"],
    evidence: &[E1],
    needs: &[Need::Secret],
    title: "answers are short, well framed, and tell nothing of the inside",
    doc: "Looks at the answers to an event, a duplicate, an unknown type, malformed bodies and a bad credential: at most 64 KiB, ended where they say, without the secret, and without what looks like a stack trace (for review).\n\
          Why: the sender keeps answers; a stack trace shows paths and versions to whoever can post.\n\
          Fix: answer with a short JSON body of your own; switch the framework's debug mode off.",
    body: |trial| Box::pin(ack_15(trial)),
};

async fn ack_15(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let redactor = Redactor::new(trial.scene().connector.secret.as_ref());
    for attempt in of_all_sorts(trial).await? {
        let Some(answer) = attempt.answer() else {
            continue;
        };
        let what = &attempt.request.label;
        let mut add = |claim: String, refuted: Option<(&str, String)>| {
            let refuted = refuted.map(|(expected, actual)| (expected.to_owned(), actual));
            verdict
                .add(Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number));
        };
        let is_long = answer.body_length > LARGEST;
        let length = || ("at most 64 KiB", format!("{} bytes", answer.body_length));
        add(
            format!("the answer to {what} is short"),
            is_long.then(length),
        );
        let surplus = || {
            (
                "nothing behind the answer's end",
                format!("{} more bytes", answer.surplus),
            )
        };
        add(
            format!("the answer to {what} ends where it says"),
            (answer.surplus > 0).then(surplus),
        );
        let text = String::from_utf8_lossy(&answer.body);
        let trace = trace_in(&text).map(|line| ("no stack trace", format!("REVIEW: `{line}`")));
        add(format!("the answer to {what} has no stack trace"), trace);
        let leak = redactor
            .finds_in(&text)
            .then(|| ("no part of the token", "a part of it".to_owned()));
        add(
            format!("the answer to {what} does not tell the token"),
            leak,
        );
    }
    Ok(verdict)
}

/// Answers of every sort that a receiver has.
async fn of_all_sorts(trial: &mut Trial) -> Result<Vec<Attempt>, Stop> {
    let delivery = trial.mint_effective()?;
    let whole = delivery.value()?;
    let mut unknown = whole.clone();
    unknown["eventType"] = Value::from("call.transferred");
    let mut keyless = whole;
    keyless["callId"] = Value::from(7);
    let half = delivery.body[..delivery.body.len() / 2].to_vec();
    trial.expect(&delivery, Expected::AtMostOnce);
    let mut of_unknown = delivery.clone();
    of_unknown.key.event_type = "call.transferred".to_owned();
    trial.expect(&of_unknown, Expected::AtMostOnce);
    let mut attempts = Vec::new();
    for (what, body, credential) in [
        ("an event", delivery.body.to_vec(), Credential::Valid),
        ("a duplicate", delivery.body.to_vec(), Credential::Valid),
        (
            "an unknown type",
            unknown.to_string().into_bytes(),
            Credential::Valid,
        ),
        ("a body cut short", half, Credential::Valid),
        (
            "a callId that is a number",
            keyless.to_string().into_bytes(),
            Credential::Valid,
        ),
        ("a body that is null", b"null".to_vec(), Credential::Valid),
        (
            "an event without a token",
            delivery.body.to_vec(),
            Credential::Absent,
        ),
    ] {
        let mut request = delivery
            .with_body(body)
            .request()
            .with_credential(credential);
        request.label = what.to_owned();
        attempts.push(trial.send(request).await?);
    }
    Ok(attempts)
}

/// The first line that looks like a stack trace of a common runtime.
fn trace_in(text: &str) -> Option<String> {
    // Traces inside JSON or HTML are escaped.
    let text = text
        .replace("\\n", "\n")
        .replace("&quot;", "\"")
        .replace("\\\"", "\"");
    let is_trace = |line: &&str| {
        let line = line.trim_start();
        let has_place = |ends: &[&str]| ends.iter().any(|end| line.contains(end));
        (line.starts_with("at ")
            && has_place(&[".js:", ".ts:", ".java:", ".kt:", ".cs:line", ".mjs:"]))
            || line.contains("Traceback (most recent call last)")
            || (line.contains("File \"") && line.contains(", line "))
            || line.starts_with("goroutine ")
            || line.contains("stack backtrace:")
            || (line.starts_with('#') && line.contains(".php("))
            || (line.contains(".rb:") && line.contains(":in `"))
    };
    let found = text.lines().find(is_trace)?;
    Some(found.trim().chars().take(100).collect())
}

const ACK_16: Case = Case {
    id: "ACK-16",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-07"],
    evidence: &[E1],
    needs: &[],
    title: "the acknowledgement is of the type that it says",
    doc: "Looks whether the acknowledgement's `Content-Type` fits its body, where it has one.\n\
          Why: a client that parses by type stumbles over words that call themselves JSON.\n\
          Fix: send `application/json` with JSON, or no body at all.",
    body: |trial| Box::pin(ack_16(trial)),
};

async fn ack_16(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let (attempt, _) = acknowledgement(trial).await?;
    let Some(answer) = attempt.answer().filter(|answer| answer.body_length > 0) else {
        verdict.note("the acknowledgement has no body");
        return Ok(verdict);
    };
    let claim = "the Content-Type of the acknowledgement fits its body";
    verdict
        .add(Check::judged(Level::Info, claim, &[E1], misnamed(answer)).shown_by(attempt.number));
    Ok(verdict)
}

fn misnamed(answer: &Response) -> Option<(String, String)> {
    let is_json = serde_json::from_slice::<Value>(&answer.body)
        .is_ok_and(|value| value.is_object() || value.is_array());
    let named = answer.header("content-type").unwrap_or_default();
    let essence = named
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let says_json = essence == "application/json" || essence.ends_with("+json");
    match (is_json, says_json) {
        (true, true) | (false, false) => None,
        (true, false) => Some(("application/json".to_owned(), format!("JSON as `{named}`"))),
        (false, true) => Some(("JSON, as it says".to_owned(), "something else".to_owned())),
    }
}

const ACK_17: Case = Case {
    id: "ACK-17",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-07"],
    evidence: &[E1],
    needs: &[],
    title: "the acknowledgement says that the event was received",
    doc: "Looks for `{\"received\": true}` in the acknowledgement. The guide has it in sample code only, so nothing is held against an answer without.\n\
          Why: a person who reads the sender's log sees at once whose 200 it was, yours or a proxy's.\n\
          Fix: answer `{\"received\": true}`.",
    body: |trial| Box::pin(ack_17(trial)),
};

async fn ack_17(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let (attempt, body) = acknowledgement(trial).await?;
    let says = body.is_some_and(|body| body["received"] == true);
    let refuted = (!says).then(|| {
        let actual = "the answer does not say so".to_owned();
        ("`received: true` in the answer".to_owned(), actual)
    });
    let claim = "the acknowledgement says `received: true`";
    verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
    Ok(verdict)
}

/// The answer to an ordinary event, and its body as JSON.
async fn acknowledgement(trial: &mut Trial) -> Result<(Attempt, Option<Value>), Stop> {
    let delivery = trial.mint_effective()?;
    let attempt = trial.deliver(&delivery).await?;
    trial.expect(&delivery, Expected::AtMostOnce);
    let body = attempt
        .answer()
        .and_then(|answer| serde_json::from_slice(&answer.body).ok());
    Ok((attempt, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_of_common_runtimes_are_seen() {
        for trace in [
            r#"{"error":"x","stack":"TypeError: y\n    at handle (/srv/app/webhook.js:42:17)"}"#,
            "<pre>Traceback (most recent call last):\n",
            r#"{"t":"  File \"/app/main.py\", line 7, in hook\n"}"#,
            "goroutine 12 [running]:",
            "#0 /var/www/index.php(12): handle()",
            "\tat com.example.Hook.take(Hook.java:31)",
        ] {
            assert!(trace_in(trace).is_some(), "{trace}");
        }
        for plain in [
            "{\"received\":true}",
            "Invalid payload at callId",
            "#1 in line",
            "",
        ] {
            assert_eq!(trace_in(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_type_has_to_fit() {
        let answer = |named: &str, body: &str| Response {
            headers: vec![("Content-Type".to_owned(), named.as_bytes().to_vec())],
            body: body.as_bytes().to_vec(),
            body_length: body.len(),
            ..Response::default()
        };
        assert_eq!(
            misnamed(&answer("application/json; charset=utf-8", "{}")),
            None
        );
        assert_eq!(misnamed(&answer("text/plain", "OK")), None);
        assert!(misnamed(&answer("text/html", "{}")).is_some());
        assert!(misnamed(&answer("application/json", "OK")).is_some());
    }
}
