//! Handlers: one that fails does not take others with it, and their order makes no difference.

use serde_json::{Value, json};

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[EVT_21, EVT_22];

const EVT_21: Case = Case {
    id: "EVT-21",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-21"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "an event that one handler cannot make sense of stops no other",
    doc: "Delivers a `tool.executed` and a `transcription.update` whose members have odd types, then ordinary events of the same call.\n\
          Why: a queue that waits for its first job, or a handler that throws for all, loses the call for one odd event.\n\
          Fix: handle each event by itself; retry a failed one a bounded number of times, then put it aside.",
    body: |trial| Box::pin(evt_21(trial)),
};

async fn evt_21(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let call_id = trial.call_id();
    for (event_type, members) in [
        (
            "tool.executed",
            json!({"toolName": 7, "input": "x", "output": [null], "duration": "long"}),
        ),
        (
            "transcription.update",
            json!({"speaker": null, "text": {"no": "text"}, "confidence": "high"}),
        ),
    ] {
        let odd = event_of(trial, event_type, &call_id, Some(&members))?;
        let mut request = odd.request();
        request.label = format!("a {event_type} with members of odd types");
        trial.send(request).await?;
        trial.expect(&odd, Expected::AtMostOnce);
    }
    for event_type in trial.event_types() {
        let plain = event_of(trial, &event_type, &call_id, None)?;
        let mut request = plain.request();
        request.label = format!("a {event_type} of the same call");
        let attempt = trial.send(request).await?;
        let mut check = expect::acknowledged(trial.scene(), &plain, &attempt);
        check.level = Level::Should;
        verdict.add(check);
        trial.expect_if_acknowledged(&plain, &attempt);
    }
    let effects = trial.settle().await;
    let claim = "ordinary events after an odd one have their effects";
    verdict.add(expect::effects(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}

/// An ordinary event of a call, with some members replaced.
fn event_of(
    trial: &mut Trial,
    event_type: &str,
    call_id: &str,
    members: Option<&Value>,
) -> Result<Delivery, Stop> {
    let fixture = trial.scene().payloads.typical(event_type);
    let timestamp = trial.timestamp();
    let delivery = trial.mint_as(&fixture, call_id, &timestamp)?;
    let Some(members) = members.and_then(Value::as_object) else {
        return Ok(delivery);
    };
    let mut event = delivery.value()?;
    if let Some(body) = event
        .pointer_mut("/data/data")
        .and_then(Value::as_object_mut)
    {
        body.extend(members.clone());
    }
    Ok(delivery.with_body(event.to_string().into_bytes()))
}

const EVT_22: Case = Case {
    id: "EVT-22",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["D-08"],
    evidence: &[E3],
    needs: &[],
    title: "a call whose events come in another order leaves the same effects",
    doc: "Delivers the same call twice, once in order and once with its end first, and compares what the effects tell.\n\
          Why: retries and parallel delivery shuffle events; a record must not depend on who came first.\n\
          Fix: let each event change only what it tells about, and let the event's timestamp decide.",
    body: |trial| Box::pin(evt_22(trial)),
};

async fn evt_22(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let calls = [trial.call_id(), trial.call_id()];
    // The two calls differ in their ids and in nothing else.
    let times: Vec<String> = trial
        .event_types()
        .iter()
        .map(|_| trial.timestamp())
        .collect();
    for (is_reversed, call_id) in [false, true].into_iter().zip(&calls) {
        let mut events = Vec::new();
        for (event_type, timestamp) in trial.event_types().iter().zip(&times) {
            let fixture = trial.scene().payloads.typical(event_type);
            events.push(trial.mint_as(&fixture, call_id, timestamp)?);
        }
        if is_reversed {
            events.reverse();
        }
        for event in events {
            let attempt = trial.deliver(&event).await?;
            trial.expect_if_acknowledged(&event, &attempt);
        }
    }
    let effects = trial.settle().await;
    let claim = "the effects of both calls tell the same";
    if !matches!(effects, Effects::Seen(_)) {
        verdict.add(expect::effects(&effects, Level::Info, claim));
        return Ok(verdict);
    }
    let [in_order, reversed] = calls.map(|call_id| tales(trial, &call_id));
    let refuted = (in_order != reversed).then(|| {
        let differing = in_order.iter().zip(&reversed).find(|(one, two)| one != two);
        let actual = differing.map_or_else(
            || format!("{} effects against {}", in_order.len(), reversed.len()),
            |(one, two)| format!("{} against {}", shown(one), shown(two)),
        );
        ("the same for both".to_owned(), actual)
    });
    verdict.add(Check::judged(Level::Info, claim, &[E3], refuted));
    Ok(verdict)
}

/// What the effects of a call tell, sorted, without the call's id.
fn tales(trial: &Trial, call_id: &str) -> Vec<String> {
    let own = trial
        .effects()
        .iter()
        .filter(|effect| effect.call_id == call_id);
    let mut tales: Vec<String> = own
        .map(|effect| {
            let (kind, data) = (
                effect.kind.as_deref().unwrap_or_default(),
                effect.data.as_ref(),
            );
            let data = data.map(Value::to_string).unwrap_or_default();
            format!(
                "{} {kind} {}",
                effect.event_type,
                data.replace(call_id, "…")
            )
        })
        .collect();
    tales.sort_unstable();
    tales
}

fn shown(tale: &str) -> String {
    tale.chars().take(120).collect()
}
