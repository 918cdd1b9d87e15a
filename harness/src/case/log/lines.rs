//! What has to be in the log: events, refusals, invalid payloads.

use std::collections::BTreeMap;

use super::reading::{from_now_on, once_quiet, read};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Credential;
use crate::terms::EvidenceKind::E1;
use crate::terms::{
    Level,
    RequirementId::{R1, R3},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOG_01, LOG_02, LOG_03];

const LOG_01: Case = Case {
    id: "LOG-01",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-OPS-01"],
    evidence: &[E1],
    needs: &[Need::LogFile],
    title: "each event is logged with type, callId and timestamp",
    doc: "Delivers an event of each type and looks for its `callId`, type and timestamp in the lines that the receiver logs meanwhile.\n\
          Why: when an event is missing, the log is the only place that tells whether it ever came.\n\
          Fix: log one line for each delivery with type, `callId`, timestamp and source address.",
    body: |trial| Box::pin(log_01(trial)),
};

async fn log_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let log = from_now_on(trial)?;
    let mut delivered = Vec::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let attempt = trial.deliver(&delivery).await?;
        trial.expect(&delivery, Expected::AtMostOnce);
        delivered.push((delivery, attempt));
    }
    let ids: Vec<String> = delivered
        .iter()
        .map(|(delivery, _)| delivery.key.call_id.clone())
        .collect();
    let text = read(&log, |text| ids.iter().all(|id| text.contains(id))).await?;
    let lines = lines_of(&text, &ids);
    for (delivery, attempt) in &delivered {
        let key = &delivery.key;
        let own = lines.get(key.call_id.as_str());
        let refuted = own.is_none().then(|| {
            let expected = format!("a line with `{}`", key.call_id);
            (expected, "no such line within two seconds".to_owned())
        });
        let claim = format!("a {} is logged", key.event_type);
        verdict.add(Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number));
        let Some(own) = own else { continue };
        let missing: Vec<&str> = [("type", &key.event_type), ("timestamp", &key.timestamp)]
            .into_iter()
            .filter(|(_, text)| !own.contains(text.as_str()))
            .map(|(name, _)| name)
            .collect();
        let refuted = (!missing.is_empty()).then(|| {
            (
                "type and timestamp".to_owned(),
                format!("no {}", missing.join(" and no ")),
            )
        });
        let claim = format!(
            "the line of a {} names its type and timestamp",
            key.event_type
        );
        verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
    }
    Ok(verdict)
}

/// The lines that name each of the calls.
fn lines_of<'i>(text: &str, ids: &'i [String]) -> BTreeMap<&'i str, String> {
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for line in text.lines() {
        for id in ids.iter().filter(|id| line.contains(id.as_str())) {
            lines.entry(id).or_default().push_str(line);
        }
    }
    lines
}

const LOG_02: Case = Case {
    id: "LOG-02",
    requirements: &[R3],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-AUTH-06"],
    evidence: &[E1],
    needs: &[Need::LogFile, Need::Secret, Need::Refusal],
    title: "refused credentials are logged",
    doc: "Sends events without and with a wrong token while nothing else is sent, and looks whether the log grows.\n\
          Why: a token that was changed on one side only shows as refusals, and so does an attack.\n\
          Fix: log each refusal with the reason and the source address, never with the credential.",
    body: |trial| Box::pin(log_02(trial)),
};

async fn log_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let log = once_quiet(trial).await?;
    let wrong = Credential::Given {
        expression: "Bearer not-the-token".to_owned(),
        value: b"Bearer not-the-token".to_vec(),
    };
    for credential in [Credential::Absent, wrong] {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request().with_credential(credential);
        request.label = "an event with a bad credential".to_owned();
        trial.send(request).await?;
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    let text = read(&log, |text| text.lines().count() > 1).await?;
    Ok(grown(&text, "refusals are logged"))
}

const LOG_03: Case = Case {
    id: "LOG-03",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-VAL-11"],
    evidence: &[E1],
    needs: &[Need::LogFile],
    title: "invalid payloads are logged",
    doc: "Sends bodies that are no events while nothing else is sent, and looks whether the log grows.\n\
          Why: a payload that changed its shape is refused silently until somebody misses the calls.\n\
          Fix: log what was wrong with a refused payload, without the payload.",
    body: |trial| Box::pin(log_03(trial)),
};

async fn log_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let log = once_quiet(trial).await?;
    for (what, body) in [
        ("a body that is no JSON", "{\"callId\": "),
        ("a body without members", "{}"),
    ] {
        let delivery = trial.mint_effective()?.with_body(body.as_bytes());
        let mut request = delivery.request();
        request.label = what.to_owned();
        trial.send(request).await?;
    }
    let text = read(&log, |text| text.lines().count() > 1).await?;
    Ok(grown(&text, "invalid payloads are logged"))
}

/// What the lines say is the receiver's own matter; that there are any is not.
fn grown(text: &str, claim: &str) -> Verdict {
    let refuted = text.trim().is_empty().then(|| {
        let actual = "no line within two seconds".to_owned();
        ("a line about them".to_owned(), actual)
    });
    let mut verdict = Verdict::new();
    verdict.add(Check::judged(Level::Should, claim, &[E1], refuted));
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_gathered_by_call() {
        let ids = ["hc-1".to_owned(), "hc-2".to_owned()];
        let lines = lines_of("a hc-1 x\nb\nc hc-1 y\n", &ids);
        assert_eq!(lines["hc-1"], "a hc-1 xc hc-1 y");
        assert!(!lines.contains_key("hc-2"));
    }
}
