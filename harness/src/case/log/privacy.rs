//! What must not be in the log: the secret, and what callers say.

use serde_json::json;

use super::reading::{from_now_on, once_quiet, read};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::redact::Redactor;
use crate::sender::Credential;
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOG_04, LOG_05];

const LOG_04: Case = Case {
    id: "LOG-04",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["D-05"],
    evidence: &[E1],
    needs: &[Need::LogFile, Need::Secret],
    title: "the token is in no line of the log",
    doc: "Sends valid, refused, repeated and malformed deliveries while nothing else is sent, and searches what is logged for every 12-byte part of the token in every usual encoding.\n\
          Why: logs are copied to where the token is worth more than what it protects.\n\
          Fix: never log headers as a whole; blank `Authorization`, and what it is compared with.",
    body: |trial| Box::pin(log_04(trial)),
};

async fn log_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let redactor = Redactor::new(trial.scene().connector.secret.as_ref());
    let log = once_quiet(trial).await?;
    let delivery = trial.mint_effective()?;
    trial.deliver(&delivery).await?;
    trial.deliver(&delivery).await?;
    trial.expect_once(&delivery);
    let broken = delivery.with_body(&b"{\"callId\": "[..]);
    trial.deliver(&broken).await?;
    // Not a part of the token: only the comparison could tell it.
    for credential in [
        Credential::Absent,
        Credential::Given {
            expression: "Bearer not-the-token".to_owned(),
            value: b"Bearer not-the-token".to_vec(),
        },
    ] {
        let refused = trial.mint_effective()?;
        let request = refused.request().with_credential(credential);
        trial.send(request).await?;
        trial.expect(&refused, Expected::AtMostOnce);
    }
    let text = read(&log, |text| redactor.finds_in(text)).await?;
    let leak = text.lines().find(|line| redactor.finds_in(line));
    // An encoding may run over the end of a line.
    let refuted = (leak.is_some() || redactor.finds_in(&text)).then(|| {
        let shown: String = redactor
            .scrub(leak.unwrap_or_default())
            .chars()
            .take(160)
            .collect();
        (
            "no part of the token".to_owned(),
            format!("a part of it: {shown}"),
        )
    });
    let claim = "what is logged holds no part of the token";
    verdict.add(match text.is_empty() {
        true => Check::unclear(Level::Must, claim, &[E1], "nothing was logged meanwhile"),
        false => Check::judged(Level::Must, claim, &[E1], refuted),
    });
    verdict.note(format!("{} lines were searched", text.lines().count()));
    Ok(verdict)
}

const LOG_05: Case = Case {
    id: "LOG-05",
    requirements: &[R3],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["D-05"],
    evidence: &[E1],
    needs: &[Need::LogFile],
    title: "what callers say and their numbers are not in the log",
    doc: "Delivers events with a text, a number and a param of their own, and searches what is logged for them.\n\
          Why: transcripts and numbers are personal data; a log keeps them longer and shows them to more people than anybody meant.\n\
          Fix: log type, `callId` and timestamp; leave `data` out, also where something failed.",
    body: |trial| Box::pin(log_05(trial)),
};

const PRIVATE: &[(&str, &str)] = &[
    ("what was said", "hc-private-words about my illness"),
    ("a phone number", "+12025550186"),
    ("a param", "hc-private-param"),
];

async fn log_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let log = from_now_on(trial)?;
    let [(_, words), (_, number), (_, param)] = PRIVATE else {
        return Ok(verdict);
    };
    let bodies = [
        (
            "call.started",
            json!({"fromNumber": number, "toNumber": number, "params": {"hcNote": param}}),
        ),
        (
            "transcription.update",
            json!({"speaker": "user", "text": words, "confidence": 0.5}),
        ),
        (
            "call.ended",
            json!({
                "transcription": [{"User": words}], "outcomeResult": {"hcNote": param}, "fromNumber": number
            }),
        ),
    ];
    let mut ids = Vec::new();
    for (event_type, body) in bodies {
        let delivery = private(trial, event_type, &body)?;
        trial.deliver(&delivery).await?;
        trial.expect(&delivery, Expected::AtMostOnce);
        ids.push(delivery.key.call_id);
    }
    let text = read(&log, |text| ids.iter().all(|id| text.contains(id))).await?;
    for (what, private) in PRIVATE {
        let refuted = text.contains(private).then(|| {
            let actual = format!("`{private}` in plain text");
            (format!("no line with {what}"), actual)
        });
        let claim = format!("{what} is in no line");
        verdict.add(Check::judged(Level::Should, claim, &[E1], refuted));
    }
    Ok(verdict)
}

fn private(
    trial: &mut Trial,
    event_type: &str,
    body: &serde_json::Value,
) -> Result<Delivery, Stop> {
    let delivery = trial.mint(&format!("{event_type}/typical"))?;
    let mut event = delivery.value()?;
    event["data"]["data"] = body.clone();
    Ok(delivery.with_body(event.to_string().into_bytes()))
}
