//! Tolerance: what the provider may add tomorrow must not be refused.

use serde_json::{Value, json};

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_13, ACK_14];

const ACK_13: Case = Case {
    id: "ACK-13",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-05", "G-ACK-06"],
    evidence: &[E1, E2],
    needs: &[],
    title: "an unknown event type is still answered 200",
    doc: "Delivers well-formed events of types that do not exist today, `call.transferred` among them.\n\
          Why: the set of types is open; a refused one would be retried for ever.\n\
          Fix: answer 200 with a warning, keep or ignore the event, log the type.",
    body: |trial| Box::pin(ack_13(trial)),
};

async fn ack_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for unknown in ["call.transferred", "agent.handoff.requested", "ping"] {
        let mut delivery = trial.mint_event("call.started")?;
        let mut event = delivery.value()?;
        event["eventType"] = json!(unknown);
        delivery.key.event_type = unknown.to_owned();
        let delivery = delivery.with_body(event.to_string().into_bytes());
        let mut request = delivery.request();
        request.label = format!("an event of the unknown type {unknown}");
        let attempt = trial.send(request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        verdict.add(says_warning(&attempt));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    Ok(verdict)
}

fn says_warning(attempt: &Attempt) -> Check {
    let says = attempt
        .answer()
        .and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok())
        .is_some_and(|body| body["warning"].is_string());
    let refuted = (!says).then(|| {
        (
            "a `warning` in the answer".to_owned(),
            "the answer has none".to_owned(),
        )
    });
    Check::judged(
        Level::Info,
        "the answer warns of the unknown type",
        &[E1],
        refuted,
    )
    .shown_by(attempt.number)
}

const ACK_14: Case = Case {
    id: "ACK-14",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["D-09"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "unknown members on every level are no reason to refuse",
    doc: "Delivers events with further members in the envelope, in `data` and in everything below it.\n\
          Why: the provider's own pages show members that the guide lacks; strict validators refuse them by default.\n\
          Fix: let the validator pass unknown members (Joi: `.unknown()`; JSON Schema: no `additionalProperties: false`).",
    body: |trial| Box::pin(ack_14(trial)),
};

async fn ack_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let mut event = delivery.value()?;
        add_members(&mut event);
        let delivery = delivery.with_body(event.to_string().into_bytes());
        let mut request = delivery.request();
        request.label = format!("a {event_type} with unknown members");
        let attempt = trial.send(request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "events with unknown members have their usual effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

fn add_members(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(add_members);
            members.insert("addedLater".to_owned(), json!({"nested": [1, "two", null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(add_members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_added_on_every_level() {
        let mut event = json!({"a": {"b": [{"c": 1}]}});
        add_members(&mut event);
        assert!(event["addedLater"].is_object());
        assert!(event["a"]["addedLater"].is_object());
        assert!(event["a"]["b"][0]["addedLater"].is_object());
    }
}
