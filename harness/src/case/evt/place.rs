//! Where the members of call.ended are read from, and the recording's URL.

use serde_json::{Map, Value, json};

use super::carried::Carried;
use super::telling::{deliver_changed, deliver_event, is_answered, judged, kept, settled, told};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::E3;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[EVT_08, EVT_11];

const EVT_08: Case = Case {
    id: "EVT-08",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-07", "G-EVT-08"],
    evidence: &[E3],
    needs: &[],
    title: "call.ended is read from the nested data, and ends when it says",
    doc: "Delivers a `call.ended` whose outer `data` has a decoy of each member of `data.data`, and whose `data.timestamp` differs from the envelope's.\n\
          Why: the nesting is easily missed, and then every conversation is empty; the envelope's time is when the event was made.\n\
          Fix: read the conversation from `data.data`, and the time of completion from `data.timestamp`.",
    body: |trial| Box::pin(evt_08(trial)),
};

const ENDED_AT: &str = "2025-03-04T05:06:07.891Z";

async fn evt_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    if !is_answered(trial, "call.ended", &mut verdict) {
        return Ok(verdict);
    }
    let (delivery, _) = deliver_event(trial, "call.ended", "decoys beside it", |event| {
        if let Some(data) = event["data"].as_object_mut() {
            data.insert("timestamp".to_owned(), json!(ENDED_AT));
            data.insert("conversationId".to_owned(), json!("hc-conversation-decoy"));
            data.insert(
                "transcription".to_owned(),
                json!([{"User": "hc-turn-decoy"}]),
            );
        }
        event["data"]["data"]["conversationId"] = json!("hc-conversation-inner");
        event["data"]["data"]["transcription"] = json!([{"User": "hc-turn-inner"}]);
    })
    .await?;
    settled(trial, &mut verdict, Level::Must).await;
    let told = told(trial, &delivery);
    let holds = |text: &str| told.holds(&json!(text));
    for (member, inner, decoy) in [
        (
            "conversation id",
            "hc-conversation-inner",
            "hc-conversation-decoy",
        ),
        ("transcript", "hc-turn-inner", "hc-turn-decoy"),
    ] {
        let seen = match (holds(inner), holds(decoy)) {
            (true, _) => Some(None),
            (false, true) => Some(Some((
                format!("`{inner}`, from data.data"),
                format!("`{decoy}`, from data"),
            ))),
            (false, false) => None,
        };
        let claim = format!("the {member} is that of data.data");
        verdict.add(judged(Level::Should, &claim, seen, &delivery));
    }
    let seen = match (holds(ENDED_AT), holds(&delivery.key.timestamp)) {
        (true, _) => Some(None),
        (false, true) => Some(Some((
            format!("{ENDED_AT}, of data.timestamp"),
            "the envelope's time".to_owned(),
        ))),
        // A time may be kept as a number or in another form.
        (false, false) => None,
    };
    let claim = "the call ended at data.timestamp";
    verdict.add(judged(Level::Info, claim, seen, &delivery));
    Ok(verdict)
}

const EVT_11: Case = Case {
    id: "EVT-11",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-11"],
    evidence: &[E3],
    needs: &[],
    title: "the recording's URL is kept byte for byte",
    doc: "Delivers a `call.ended` whose recording is at a signed URL with escapes in path and query, and looks for exactly that URL.\n\
          Why: a signed URL that is decoded, re-encoded or cut opens nothing.\n\
          Fix: store the URL as the text it is; do not parse and print it again.",
    body: |trial| Box::pin(evt_11(trial)),
};

const RECORDING: &str = "https://hc-recordings.example.com/a%20b/%D8%AC.mp3?X-Sig=q%2Bw%2F9%3D%3D&Expires=1900000000&n=1+2&empty=#t=1";

async fn evt_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    if !is_answered(trial, "call.ended", &mut verdict) {
        return Ok(verdict);
    }
    let change = |body: &mut Map<String, Value>| {
        body.insert("conversationRecording".to_owned(), json!(RECORDING));
    };
    let (delivery, _) = deliver_changed(trial, "call.ended", "a signed URL", change).await?;
    settled(trial, &mut verdict, Level::Must).await;
    let carried: Carried = told(trial, &delivery).text(RECORDING, "hc-recordings");
    let claim = "the effect has the recording's URL as it was sent";
    verdict.add(kept(Level::Should, claim, RECORDING, carried, &delivery));
    Ok(verdict)
}
