//! What the records of a call's course hold: its start, what was said, tools that ran.

use serde_json::{Map, Value, json};

use super::carried::Carried;
use super::telling::{deliver_changed, is_answered, judged, kept, settled, told};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::terms::EvidenceKind::E3;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[EVT_05, EVT_06, EVT_07];

const EVT_05: Case = Case {
    id: "EVT-05",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-02", "G-EVT-03"],
    evidence: &[E3],
    needs: &[],
    title: "a call.started leaves a record of direction, numbers and params",
    doc: "Delivers a `call.started` with numbers and params of its own and looks for them in its effect; what differs is a finding, what is missing is INFO.\n\
          Why: a call that fails never sends `call.ended`; what its start told is then all there is.\n\
          Fix: store direction, both numbers and `params` from `data.data` of `call.started`.",
    body: |trial| Box::pin(evt_05(trial)),
};

async fn evt_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members = json!({
        "callDirection": "outbound", "fromNumber": "+12025550143", "toNumber": "+12025550178",
        "params": {"hcCampaign": "spring 7", "hcAttempt": 3, "hcVip": false}
    });
    record_of(trial, "call.started", members).await
}

const EVT_06: Case = Case {
    id: "EVT-06",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-02", "G-EVT-04"],
    evidence: &[E3],
    needs: &[],
    title: "a transcription.update leaves a record of speaker, text and confidence",
    doc: "Delivers a `transcription.update` and looks for its text, speaker and confidence in its effect; what differs is a finding, what is missing is INFO.\n\
          Why: live transcripts that lose a speaker or round the confidence mislead whoever acts on them.\n\
          Fix: store `speaker`, `text` and `confidence` as they came, with the event's timestamp.",
    body: |trial| Box::pin(evt_06(trial)),
};

async fn evt_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members = json!({
        "speaker": "user", "text": "hcUtterance one: the order has not come", "confidence": 0.876_543
    });
    record_of(trial, "transcription.update", members).await
}

const EVT_07: Case = Case {
    id: "EVT-07",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-02", "G-EVT-06"],
    evidence: &[E3],
    needs: &[],
    title: "a tool.executed leaves a record of tool, input, output and duration",
    doc: "Delivers a `tool.executed` and looks for its members in its effect; what differs is a finding, what is missing is INFO.\n\
          Why: what an agent's tools did is asked for when a caller complains, weeks later.\n\
          Fix: store tool name, input, output and the duration, which is in milliseconds.",
    body: |trial| Box::pin(evt_07(trial)),
};

async fn evt_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members = json!({
        "toolName": "hc_lookup_order", "input": {"hcOrder": "A-0100"},
        "output": {"hcState": "shipped", "hcDays": 2}, "duration": 1_837
    });
    record_of(trial, "tool.executed", members).await
}

/// Delivers an event with these members and judges what its effect holds of them.
async fn record_of(trial: &mut Trial, event_type: &str, members: Value) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    if !is_answered(trial, event_type, &mut verdict) {
        return Ok(verdict);
    }
    let members = members.as_object().cloned().unwrap_or_default();
    let change = |body: &mut Map<String, Value>| body.extend(members.clone());
    let (delivery, _) = deliver_changed(trial, event_type, "members of its own", change).await?;
    settled(trial, &mut verdict, Level::Must).await;
    verdict.add_all(record_checks(trial, &delivery, &members));
    Ok(verdict)
}

fn record_checks(trial: &Trial, delivery: &Delivery, members: &Map<String, Value>) -> Vec<Check> {
    let told = told(trial, delivery);
    let mut checks = Vec::new();
    let mut found = Vec::new();
    for (name, sent) in members {
        // Objects have members with names that nobody else uses; scalars may have been renamed.
        let parts: Vec<(&String, &Value)> = match sent {
            Value::Object(parts) => parts.iter().collect(),
            _ => vec![(name, sent)],
        };
        for (part, sent) in parts {
            let carried = match sent.as_str() {
                _ if told.holds(sent) && !sent.is_boolean() => Carried::Whole,
                Some(text) if text.starts_with("hc") => told.text(text, &text[..11]),
                _ if part.starts_with("hc") || part == "confidence" => told.member(part, sent),
                _ => Carried::Missing,
            };
            found.push((part.clone(), carried != Carried::Missing));
            let claim = format!("the effect has `{part}` as it was sent");
            let sent = sent.to_string();
            checks.push(kept(Level::Should, &claim, &sent, carried, delivery));
        }
    }
    // What is missing counts only beside something that is not.
    if found.iter().any(|(_, is_there)| *is_there) {
        checks.retain(|check| !matches!(check.judgement, crate::verdict::Judgement::Unseen(_)));
        let missing: Vec<&str> = found
            .iter()
            .filter(|(_, is_there)| !is_there)
            .map(|(name, _)| name.as_str())
            .collect();
        let refuted = (!missing.is_empty()).then(|| {
            (
                "all members".to_owned(),
                format!("no {}", missing.join(", ")),
            )
        });
        let claim = "the effect has every member";
        checks.push(judged(Level::Info, claim, Some(refuted), delivery));
    }
    checks
}
