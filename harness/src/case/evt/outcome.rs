//! The outcome of a call: null, absent, and JSON inside strings.

use serde_json::{Map, Value, json};

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::error::HarnessError;
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[EVT_01, EVT_02, EVT_03, EVT_04];

const EVT_01: Case = Case {
    id: "EVT-01",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-12", "G-EVT-13"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "null and missing outcome fields are no reason to fail",
    doc: "Delivers `call.ended` with an outcome that is empty, and with one that holds nulls only.\n\
          Why: an agent that did not ask, or a caller who did not answer, leaves fields null or out.\n\
          Fix: read every outcome field as optional; keep null (asked, not given) apart from missing (not configured).",
    body: |trial| Box::pin(evt_01(trial)),
};

async fn evt_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for (what, outcome) in [
        ("an empty outcome", json!({})),
        ("an outcome of nulls", nulls()),
    ] {
        send_changed(trial, &mut verdict, what, Level::Must, |body| {
            body.insert("outcomeResult".to_owned(), outcome);
        })
        .await?;
    }
    let effects = trial.settle().await;
    let claim = "what was acknowledged has its effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

fn nulls() -> Value {
    json!({
        "expectedSalary": null, "noticePeriod": null, "number_of_speakers": null,
        "sentiment_score": null, "intent": null, "resolved": null
    })
}

/// Delivers a `call.ended` with a change to its body; what is acknowledged must not be lost.
async fn send_changed(
    trial: &mut Trial,
    verdict: &mut Verdict,
    what: &str,
    level: Level,
    change: impl FnOnce(&mut Map<String, Value>) + Send,
) -> Result<(), Stop> {
    if !trial
        .event_types()
        .iter()
        .any(|event_type| event_type == "call.ended")
    {
        verdict.note("no call.ended is answered in time, see ACK-01");
        return Ok(());
    }
    let mut delivery = trial.mint_event("call.ended")?;
    let mut event = delivery.value()?;
    if !event.pointer("/data/data").is_some_and(Value::is_object) {
        // The user's own payload has another shape; ours can be changed.
        delivery = trial.mint("call.ended/typical")?;
        event = delivery.value()?;
    }
    let body = event
        .pointer_mut("/data/data")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| HarnessError::Internal("the payload has no data.data".to_owned()))?;
    change(body);
    let delivery = delivery.with_body(event.to_string().into_bytes());
    let mut request = delivery.request();
    request.label = format!("a call.ended with {what}");
    let attempt = trial.send(request).await?;
    let mut check = expect::acknowledged(trial.scene(), &delivery, &attempt);
    check.level = level;
    verdict.add(check);
    trial.expect_if_acknowledged(&delivery, &attempt);
    Ok(())
}

const EVT_02: Case = Case {
    id: "EVT-02",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-14", "G-EVT-20"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "params that hold JSON as a string come back without harm",
    doc: "Delivers `call.ended` whose echoed params hold JSON strings, broken JSON strings, arrays and objects.\n\
          Why: complex params travel as JSON strings, and a string that does not parse is one typo away.\n\
          Fix: parse such strings where you use them, inside error handling, after the event is stored.",
    body: |trial| Box::pin(evt_02(trial)),
};

async fn evt_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let outcomes = [
        (
            "a JSON string",
            json!({"interview_questions": "[\"One?\", \"Two?\"]"}),
        ),
        (
            "a JSON string that does not parse",
            json!({"interview_questions": "[\"One?\", \"Tw"}),
        ),
        (
            "arrays and objects",
            json!({"skills": ["a", "b"], "address": {"city": "جدة"}}),
        ),
    ];
    for (what, outcome) in outcomes {
        send_changed(trial, &mut verdict, what, Level::Must, |body| {
            body.insert("outcomeResult".to_owned(), outcome);
        })
        .await?;
    }
    let effects = trial.settle().await;
    let claim = "what was acknowledged has its effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

const EVT_03: Case = Case {
    id: "EVT-03",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-17", "G-EVT-18"],
    evidence: &[E1],
    needs: &[],
    title: "a call without identifiers is told apart, not dropped with an error",
    doc: "Delivers `call.ended` with and without the echoed identifiers; a 5xx for the one without is a finding, 200 and 400 are both fine.\n\
          Why: inbound calls carry no params, and redelivery cannot add what was never there.\n\
          Fix: check for the identifier before matching; put what has none aside, log it, and answer 200.",
    body: |trial| Box::pin(evt_03(trial)),
};

async fn evt_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_event("call.ended")?;
    let mut event = delivery.value()?;
    if let Some(outcome) = event
        .pointer_mut("/data/data/outcomeResult")
        .and_then(Value::as_object_mut)
    {
        outcome.retain(|name, _| !name.ends_with("_id") && !name.ends_with("Id"));
    }
    let without = delivery.with_body(event.to_string().into_bytes());
    let mut request = without.request();
    request.label = "a call.ended without identifiers".to_owned();
    let attempt = trial.send(request).await?;
    let refuted = (!matches!(attempt.status(), Some(200..=299 | 400..=499)))
        .then(|| ("200, or a refusal with 400".to_owned(), attempt.describe()));
    let claim = "a call.ended without identifiers is answered, not failed";
    verdict.add(Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number));
    trial.expect(&without, Expected::AtMostOnce);

    let with = trial.mint_event("call.ended")?;
    trial.deliver(&with).await?;
    trial.expect(&with, Expected::AtMostOnce);
    trial.settle().await;
    let shows_identifier = trial
        .effects()
        .iter()
        .filter(|effect| effect.call_id == with.key.call_id)
        .filter_map(|effect| effect.data.as_ref())
        .any(|data| data.to_string().contains("_id\""));
    if trial.scene().probe.is_some() {
        verdict.note(if shows_identifier {
            "the effect shows the identifiers that came with the call"
        } else {
            "the effect shows no identifiers; matching cannot be seen through this probe"
        });
    }
    Ok(verdict)
}

const EVT_04: Case = Case {
    id: "EVT-04",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["D-12", "G-EVT-10"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "a call that left nothing behind is taken like any other",
    doc: "Delivers `call.ended` whose outcome, transcript or recording is null or missing, and one with turns that are empty.\n\
          Why: unanswered and failed calls have none of them; acknowledged and then dropped, they are lost for good.\n\
          Fix: default a missing transcript to an empty list and a missing outcome to an empty object.",
    body: |trial| Box::pin(evt_04(trial)),
};

async fn evt_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for member in ["outcomeResult", "transcription", "conversationRecording"] {
        send_changed(
            trial,
            &mut verdict,
            &format!("{member} null"),
            Level::Should,
            |body| {
                body.insert(member.to_owned(), Value::Null);
            },
        )
        .await?;
        send_changed(
            trial,
            &mut verdict,
            &format!("no {member}"),
            Level::Should,
            |body| {
                body.shift_remove(member);
            },
        )
        .await?;
    }
    send_changed(trial, &mut verdict, "empty turns", Level::Should, |body| {
        body.insert(
            "transcription".to_owned(),
            json!([{}, {"User": ""}, {"Agent": "Hello"}]),
        );
    })
    .await?;
    let effects = trial.settle().await;
    let claim = "what was acknowledged has its effect";
    verdict.add(expect::effects(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}
