//! Echoed params and outcome fields: their names, their types, and what may be among them.

use serde_json::{Map, Value, json};

use super::carried::{Carried, Told};
use super::telling::{add_outcome, deliver_changed, is_answered, judged, kept, settled, told};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::terms::EvidenceKind::E3;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[EVT_12, EVT_14, EVT_15, EVT_16, EVT_17];

const EVT_12: Case = Case {
    id: "EVT-12",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-14"],
    evidence: &[E3],
    needs: &[],
    title: "params that hold JSON as a string keep what they hold",
    doc: "Delivers a `call.ended` with params that are JSON texts, and looks for the text or what it holds in the effect.\n\
          Why: complex params travel as JSON strings; escaped twice, or cut, they can never be parsed back.\n\
          Fix: parse such a string once, where it is used; where it does not parse, keep the text.",
    body: |trial| Box::pin(evt_12(trial)),
};

async fn evt_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members = json!({
        "hcList": "[\"One?\", \"Two \\\"quoted\\\"?\"]",
        "hcObject": "{\"city\": \"جدة\", \"zip\": \"01234\"}",
        "hcBroken": "[\"One?\", \"Tw"
    });
    outcome_kept(trial, "JSON in strings", &members, Level::Should).await
}

const EVT_14: Case = Case {
    id: "EVT-14",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-13", "G-EVT-16"],
    evidence: &[E3],
    needs: &[],
    title: "false, zero and empty texts are values",
    doc: "Delivers a `call.ended` whose outcome has `false`, `0` and empty texts, and looks for them in the effect.\n\
          Why: `value || null` and `if (value)` turn \"not resolved\" and \"neutral\" into \"unknown\".\n\
          Fix: test for null and for absence, never for truth.",
    body: |trial| Box::pin(evt_14(trial)),
};

async fn evt_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members =
        json!({"hcResolved": false, "hcScore": 0, "hcNotes": "", "hcList": [], "hcSeen": "hc"});
    let mut verdict = Verdict::new();
    let Some(delivery) = deliver_outcome(trial, &mut verdict, "falsy values", &members).await?
    else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    // A receiver that keeps outcomes by name has the one that is not falsy.
    let keeps_names = told.has_member("hcSeen");
    for (name, sent) in members.as_object().into_iter().flatten() {
        let seen = keeps_names.then(|| match told.member(name, sent) {
            Carried::Whole => None,
            Carried::Changed(actual) => Some((sent.to_string(), actual)),
            Carried::Missing => Some((sent.to_string(), "no such member".to_owned())),
        });
        let claim = format!("`{name}` is in the effect as {sent}");
        verdict.add(judged(Level::Should, &claim, seen, &delivery));
    }
    Ok(verdict)
}

const EVT_15: Case = Case {
    id: "EVT-15",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-15"],
    evidence: &[E3],
    needs: &[],
    title: "member names that differ in letter case or underscores are different names",
    doc: "Delivers a `call.ended` with `hc_application_id`, `hcApplicationId` and `HCAPPLICATIONID`, each with a value of its own, and looks for all.\n\
          Why: names are case-sensitive; a library that folds them lets one identifier overwrite another.\n\
          Fix: read members by the exact names that were sent; do not convert names on the way in.",
    body: |trial| Box::pin(evt_15(trial)),
};

async fn evt_15(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members = json!({
        "hc_application_id": "hc-name-snake", "hcApplicationId": "hc-name-camel",
        "HCAPPLICATIONID": "hc-name-upper"
    });
    let mut verdict = Verdict::new();
    let what = "names that are nearly the same";
    let Some(delivery) = deliver_outcome(trial, &mut verdict, what, &members).await? else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    let values = members
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, value)| value);
    let there: Vec<&str> = values
        .filter(|value| told.holds(value))
        .filter_map(Value::as_str)
        .collect();
    let seen = (!there.is_empty()).then(|| {
        let expected = "three values, one for each name".to_owned();
        (there.len() < 3).then(|| (expected, format!("only {}", there.join(", "))))
    });
    let claim = "each of the names has its value in the effect";
    verdict.add(judged(Level::Should, claim, seen, &delivery));
    Ok(verdict)
}

const EVT_16: Case = Case {
    id: "EVT-16",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-16", "G-EVT-20"],
    evidence: &[E3],
    needs: &[],
    title: "outcome fields that no page lists are kept beside those that are",
    doc: "Delivers a `call.ended` with listed fields, with fields of its own and with nested ones, and looks for all in the effect.\n\
          Why: which fields there are depends on the agent's outcome schema and on the params, not on any list.\n\
          Fix: store the outcome as a whole; pick fields when you use them.",
    body: |trial| Box::pin(evt_16(trial)),
};

async fn evt_16(trial: &mut Trial) -> Result<Verdict, Stop> {
    let listed = "hc-outcome-listed";
    let members = json!({
        "intent": listed, "hcText": " hc-outcome-own ", "hcFlag": true,
        "hcNested": {"deeper": {"hcLeaf": "hc-outcome-deep"}, "list": [1, "two", null, {"three": 3}]}
    });
    let mut verdict = Verdict::new();
    let Some(delivery) = deliver_outcome(trial, &mut verdict, "unlisted fields", &members).await?
    else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    let keeps = told.holds(&json!(listed)) || told.has_member("hcText");
    for (name, sent) in members
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("hc"))
    {
        let seen = keeps.then(|| match told.member(name, sent) {
            Carried::Whole => None,
            Carried::Changed(actual) => Some((sent.to_string(), actual)),
            Carried::Missing => Some((sent.to_string(), "no such member".to_owned())),
        });
        let claim = format!("the effect has the outcome's `{name}`");
        verdict.add(judged(level_of(&told, name), &claim, seen, &delivery));
    }
    Ok(verdict)
}

/// What differs is a finding; what a receiver does not care for is its own matter.
fn level_of(told: &Told, name: &str) -> Level {
    if told.has_member(name) {
        Level::Should
    } else {
        Level::Info
    }
}

const EVT_17: Case = Case {
    id: "EVT-17",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-16", "G-EVT-17"],
    evidence: &[E3],
    needs: &[],
    title: "identifiers stay the texts they were",
    doc: "Delivers a `call.ended` with identifiers that look like numbers, dates or something to tidy up, and looks for them in the effect.\n\
          Why: `007` that became 7 matches no record; nor does an id that was trimmed or lower-cased.\n\
          Fix: keep identifiers as strings; never let a driver or a spreadsheet guess their type.",
    body: |trial| Box::pin(evt_17(trial)),
};

async fn evt_17(trial: &mut Trial) -> Result<Verdict, Stop> {
    let members = json!({
        "hcZeros_id": "007", "hcLong_id": "9007199254740993", "hcExp_id": "1e5", "hcDate_id": "2026-03",
        "hcCase_id": "A1B2-Ff", "hcTrue_id": "true"
    });
    outcome_kept(
        trial,
        "identifiers that look like something else",
        &members,
        Level::Should,
    )
    .await
}

/// Delivers a call.ended with these outcome members, whose names nobody else uses, and judges each
/// by what became of it.
async fn outcome_kept(
    trial: &mut Trial,
    what: &str,
    members: &Value,
    level: Level,
) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let Some(delivery) = deliver_outcome(trial, &mut verdict, what, members).await? else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    for (name, sent) in members.as_object().into_iter().flatten() {
        let carried = told.member(name, sent);
        let claim = format!("`{name}` is in the effect as it was sent");
        verdict.add(kept(level, &claim, &sent.to_string(), carried, &delivery));
    }
    Ok(verdict)
}

/// Delivers a call.ended with further outcome members and settles; nothing where none is answered.
pub(super) async fn deliver_outcome(
    trial: &mut Trial,
    verdict: &mut Verdict,
    what: &str,
    members: &Value,
) -> Result<Option<Delivery>, Stop> {
    if !is_answered(trial, "call.ended", verdict) {
        return Ok(None);
    }
    let change = |body: &mut Map<String, Value>| add_outcome(body, members);
    let (delivery, _) = deliver_changed(trial, "call.ended", what, change).await?;
    settled(trial, verdict, Level::Must).await;
    Ok(Some(delivery))
}
