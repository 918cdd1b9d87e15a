//! What is inside `data`: missing, null, odd, or text that a page would run.

use serde_json::{Value, json};

use super::identity::no_server_error;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2, Rb},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[MAL_22, MAL_23, MAL_24];

const MAL_22: Case = Case {
    id: "MAL-22",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-07", "G-VAL-09", "G-EVT-14"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "whatever `data` is, the receiver goes on serving",
    doc: "Sends events of each type whose `data` is null, absent, a list and a text (200 and 400 are both fine), an empty object, and one that holds JSON texts in place of objects.\n\
          Why: sample handlers read `data.data` without looking, and one type's exception is a 500 that the sender repeats for ever.\n\
          Fix: treat `data` and everything in it as optional.",
    body: |trial| Box::pin(mal_22(trial)),
};

async fn mal_22(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        for (what, data) in [
            ("null", Some(Value::Null)),
            ("absent", None),
            ("a list", Some(json!([]))),
            ("a text", Some(json!("{}"))),
        ] {
            let delivery = with_data(trial, &event_type, data)?;
            let mut request = delivery.request();
            request.label = format!("a {event_type} whose data is {what}");
            let attempt = trial.send(request).await?;
            verdict.add(no_server_error(&attempt));
            verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
            trial.expect(&delivery, Expected::AtMostOnce);
        }
        let texts = json!({"data": {"outcomeResult": {"items": "[1, 2]", "address": "{\"city\":\"Amman\"}", "broken": "[1,"}}});
        for (what, data) in [
            ("an empty object", json!({})),
            ("full of JSON texts", texts),
        ] {
            let delivery = with_data(trial, &event_type, Some(data))?;
            let mut request = delivery.request();
            request.label = format!("a {event_type} whose data is {what}");
            let attempt = trial.send(request).await?;
            let mut check = expect::taken(trial.scene(), &delivery, &attempt);
            check.level = Level::Should;
            verdict.add(check);
            trial.expect(&delivery, Expected::AtMostOnce);
        }
    }
    verdict.add(trial.control("odd data").await?);
    let effects = trial.settle().await;
    let claim = "events with odd data have at most one effect each";
    verdict.add(expect::nothing_added(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

fn with_data(trial: &mut Trial, event_type: &str, data: Option<Value>) -> Result<Delivery, Stop> {
    let delivery = trial.mint_event(event_type)?;
    let mut event = delivery.value()?;
    if let Some(members) = event.as_object_mut() {
        match data {
            Some(data) => members.insert("data".to_owned(), data),
            None => members.shift_remove("data"),
        };
    }
    Ok(delivery.with_body(event.to_string().into_bytes()))
}

const MAL_23: Case = Case {
    id: "MAL-23",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-12", "G-ACK-01"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "null in everything optional is taken",
    doc: "Delivers events of each type in which every member inside `data` that need not have a value is null; for the outcome of a call that is a MUST, for the rest a SHOULD.\n\
          Why: null means asked for and not given, and it comes in every call that somebody hangs up early.\n\
          Fix: accept null wherever a value may be missing.",
    body: |trial| Box::pin(mal_23(trial)),
};

/// Members of the inner `data` that the guide promises for every call.
const ALWAYS: [&str; 4] = [
    "conversationId",
    "conversationRecording",
    "transcription",
    "outcomeResult",
];

async fn mal_23(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let mut event = delivery.value()?;
        if let Some(started) = event.pointer_mut("/data/callStartedAt") {
            *started = Value::Null;
        }
        nullify(event.pointer_mut("/data/data"), &ALWAYS);
        nullify(event.pointer_mut("/data/data/outcomeResult"), &[]);
        let delivery = delivery.with_body(event.to_string().into_bytes());
        let mut request = delivery.request();
        request.label = format!("a {event_type} with null in everything optional");
        let attempt = trial.send(request).await?;
        let mut check = expect::acknowledged(trial.scene(), &delivery, &attempt);
        if event_type != "call.ended" {
            check.level = Level::Should;
        }
        verdict.add(check);
        trial.expect_if_acknowledged(&delivery, &attempt);
    }
    let effects = trial.settle().await;
    let claim = "events with null in everything optional have their usual effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

/// Makes every member null but these.
fn nullify(object: Option<&mut Value>, keep: &[&str]) {
    let members = object.and_then(Value::as_object_mut).into_iter().flatten();
    for (_, value) in members.filter(|(name, _)| !keep.contains(&name.as_str())) {
        *value = Value::Null;
    }
}

const MAL_24: Case = Case {
    id: "MAL-24",
    requirements: &[Rb],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-10", "G-ACK-01"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "markup in a transcript is text",
    doc: "Delivers a call whose transcript holds HTML and script, and looks for it in the answer.\n\
          Why: callers can say, and chat users type, anything; where it is shown unescaped it runs.\n\
          Fix: store it as it is and escape it where it is shown; put nothing of an event into answers.",
    body: |trial| Box::pin(mal_24(trial)),
};

async fn mal_24(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint("hostile/script-in-transcript")?;
    let attempt = trial.deliver(&delivery).await?;
    let mut check = expect::taken(trial.scene(), &delivery, &attempt);
    check.level = Level::Should;
    verdict.add(check);
    let body = attempt.answer().map(|answer| &answer.body[..]);
    let is_reflected = String::from_utf8_lossy(body.unwrap_or_default()).contains("<script");
    let refuted = is_reflected.then(|| {
        let actual = "the answer holds the script of the transcript".to_owned();
        ("an answer without the event's text".to_owned(), actual)
    });
    let claim = "the answer does not repeat what the event says";
    verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
    trial.expect(&delivery, Expected::AtMostOnce);
    verdict.add(trial.control("markup").await?);
    let effects = trial.settle().await;
    let claim = "a call with markup has at most one effect";
    verdict.add(expect::nothing_added(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}
