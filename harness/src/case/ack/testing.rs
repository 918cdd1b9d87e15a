//! Events that only test the connection, as people send them by hand.

use serde_json::{Value, json};

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_19, ACK_20];

const ACK_19: Case = Case {
    id: "ACK-19",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-12", "G-ACK-05"],
    evidence: &[E1, E3],
    needs: &[],
    title: "a connectivity test event is answered 200 and has no effect",
    doc: "Delivers the guide's test event, of the type `test` with `callId` and timestamp and little else. 400 or 422 is told, as the guide's own validation gives the first; anything else but 200 is a finding, and so is silence.\n\
          Why: this is how people see whether the URL works before the first call.\n\
          Fix: answer 200 to any well-formed event of a type that you do not know.",
    body: |trial| Box::pin(ack_19(trial)),
};

async fn ack_19(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut delivery = trial.mint_event("call.started")?;
    delivery.key.event_type = "test".to_owned();
    let body = json!({
        "test": true, "eventType": "test", "callId": delivery.key.call_id,
        "timestamp": delivery.key.timestamp
    });
    let attempt = send(trial, &delivery, &body, "a test event").await?;
    // Whoever keeps every event keeps this one too.
    trial.expect(&delivery, Expected::Never);
    verdict.add(answered_with(Level::Should, &attempt, &[200, 400, 422]));
    verdict.add(answered_with(Level::Info, &attempt, &[200]));
    let effects = trial.settle().await;
    let claim = "a test event has no effect";
    verdict.add(expect::nothing_added(&effects, Level::Info, claim).filed_under(R2));
    Ok(verdict)
}

const ACK_20: Case = Case {
    id: "ACK-20",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-13"],
    evidence: &[E1, E3],
    needs: &[],
    title: "a bare test body is answered 200 or 400 and has no effect",
    doc: "Sends `{\"test\": true}`, and the same with a `callId` by which an effect of it could be seen.\n\
          Why: the guide tells people to send it; it is no event, and must neither crash a handler nor count as a call.\n\
          Fix: validate before you work; answer 400, or 200 without doing anything.",
    body: |trial| Box::pin(ack_20(trial)),
};

async fn ack_20(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut delivery = trial.mint_event("call.started")?;
    let named = json!({"test": true, "callId": delivery.key.call_id});
    for (what, body) in [
        ("a bare test body", json!({"test": true})),
        ("a bare test body with a callId", named),
    ] {
        let attempt = send(trial, &delivery, &body, what).await?;
        verdict.add(answered_with(Level::Should, &attempt, &[200, 400, 422]));
    }
    // It has no type and no timestamp, so whatever comes of it comes under another key.
    delivery.key.event_type = String::new();
    delivery.key.timestamp = String::new();
    trial.expect(&delivery, Expected::Never);
    let effects = trial.settle().await;
    let claim = "a bare test body has no effect";
    verdict.add(expect::nothing_added(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}

async fn send(
    trial: &mut Trial,
    delivery: &Delivery,
    body: &Value,
    what: &str,
) -> Result<Attempt, Stop> {
    let mut request = delivery.with_body(body.to_string().into_bytes()).request();
    request.label = what.to_owned();
    trial.send(request).await
}

fn answered_with(level: Level, attempt: &Attempt, statuses: &[u16]) -> Check {
    let names: Vec<String> = statuses.iter().map(u16::to_string).collect();
    let names = names.join(" or ");
    let refuted = (!attempt
        .status()
        .is_some_and(|status| statuses.contains(&status)))
    .then(|| (format!("status {names}"), attempt.describe()));
    let claim = format!("{} is answered {names}", attempt.request.label);
    Check::judged(level, claim, &[E1], refuted).shown_by(attempt.number)
}
