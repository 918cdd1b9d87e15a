//! Values that careless steps change: null, numbers, long and odd texts.

use serde_json::{Map, Value, json};

use super::params::deliver_outcome;
use super::telling::{add_outcome, deliver_changed, is_answered, judged, kept, settled, told};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[EVT_13, EVT_19, EVT_20];

const EVT_13: Case = Case {
    id: "EVT-13",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-13"],
    evidence: &[E3],
    needs: &[],
    title: "a field that is null is told from one that is not there",
    doc: "Delivers two `call.ended`, one with `resolved` and `hcAsked` null, one without them, and compares their effects.\n\
          Why: null means that the agent asked and got no answer, absent that it was never told to ask.\n\
          Fix: keep null as null; do not fill in missing fields and do not drop null ones.",
    body: |trial| Box::pin(evt_13(trial)),
};

async fn evt_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    if !is_answered(trial, "call.ended", &mut verdict) {
        return Ok(verdict);
    }
    let fields = ["resolved", "hcAsked"];
    let asked = |body: &mut Map<String, Value>| {
        add_outcome(
            body,
            &json!({"resolved": null, "hcAsked": null, "hcSeen": "hc"}),
        );
    };
    let unasked = |body: &mut Map<String, Value>| {
        add_outcome(body, &json!({"hcSeen": "hc"}));
        if let Some(outcome) = body.get_mut("outcomeResult").and_then(Value::as_object_mut) {
            outcome.retain(|name, _| !fields.contains(&name.as_str()));
        }
    };
    let (with, _) = deliver_changed(trial, "call.ended", "fields that are null", asked).await?;
    let (without, _) =
        deliver_changed(trial, "call.ended", "fields that are absent", unasked).await?;
    settled(trial, &mut verdict, Level::Must).await;
    let (with_null, absent) = (told(trial, &with), told(trial, &without));
    let keeps_names = with_null.has_member("hcSeen") && absent.has_member("hcSeen");
    for field in fields {
        let seen = keeps_names.then(|| {
            let expected = "a null where it was null, nothing where it was absent".to_owned();
            match (with_null.has_member(field), absent.has_member(field)) {
                (true, false) => None,
                (true, true) => Some((expected, "a value where it was absent".to_owned())),
                (false, _) => Some((expected, "nothing where it was null".to_owned())),
            }
        });
        let claim = format!("`{field}` null and `{field}` absent differ in the effects");
        verdict.add(judged(Level::Should, &claim, seen, &with));
    }
    Ok(verdict)
}

const EVT_19: Case = Case {
    id: "EVT-19",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-19"],
    evidence: &[E1],
    needs: &[],
    title: "number_of_speakers may be a string or a number",
    doc: "Delivers `call.ended` with `number_of_speakers` as a string, as a number and as null; each is answered 200.\n\
          Why: the field comes in both types; a strict schema refuses half of all calls.\n\
          Fix: accept both, and convert where you count.",
    body: |trial| Box::pin(evt_19(trial)),
};

async fn evt_19(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    // Preflight saw one of these types; a receiver that refuses it is what this case is about.
    for speakers in [json!("2"), json!(2), Value::Null] {
        let what = format!("number_of_speakers {speakers}");
        let change = |body: &mut Map<String, Value>| {
            add_outcome(body, &json!({ "number_of_speakers": speakers }));
        };
        let (_, attempt) = deliver_changed(trial, "call.ended", &what, change).await?;
        let refuted = (!matches!(attempt.status(), Some(200..=299)))
            .then(|| ("status 200".to_owned(), attempt.describe()));
        let claim = format!("a call.ended with {what} is answered 200");
        verdict.add(Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number));
        if attempt.answer().is_none() {
            break;
        }
    }
    settled(trial, &mut verdict, Level::Must).await;
    Ok(verdict)
}

const EVT_20: Case = Case {
    id: "EVT-20",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-16"],
    evidence: &[E3],
    needs: &[],
    title: "numbers and long texts arrive in the effect unchanged",
    doc: "Delivers a `call.ended` with fractions, a long text and texts with markup, quotes and white space, and looks for them (SNP-07).\n\
          Why: a column of 255 characters or of single precision changes what was said without a word.\n\
          Fix: use text columns without a bound and double precision; escape where you print, not where you store.",
    body: |trial| Box::pin(evt_20(trial)),
};

async fn evt_20(trial: &mut Trial) -> Result<Verdict, Stop> {
    // Each piece says where it is, so that a cut or a swap anywhere shows.
    let long: String = (0..2_000).map(|at| format!("hc{at:05} ")).collect();
    let values = [
        ("hcFraction", json!(0.123_456_789_012_345), Level::Should),
        ("hcNegative", json!(-0.75), Level::Should),
        ("hcLarge", json!(4_294_967_297_i64), Level::Should),
        // JSON promises nobody that such numbers survive (RFC 8259, section 6).
        ("hcHuge", json!(9_007_199_254_740_993_i64), Level::Info),
        ("hcLong", json!(long), Level::Should),
        (
            "hcMarkup",
            json!("hc <b>\"5\" > 4 & '3'</b> &amp; %41 \\n {{x}}"),
            Level::Should,
        ),
        (
            "hcSpaces",
            json!("  hc\ttwo  \r\n lines\u{a0}"),
            Level::Should,
        ),
    ];
    let members = values
        .iter()
        .map(|(name, value, _)| ((*name).to_owned(), value.clone()));
    let members = Value::Object(members.collect());
    let mut verdict = Verdict::new();
    let what = "numbers and long texts";
    let Some(delivery) = deliver_outcome(trial, &mut verdict, what, &members).await? else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    for (name, sent, level) in values {
        let carried = told.member(name, &sent);
        let claim = format!("`{name}` is in the effect as it was sent");
        verdict.add(kept(level, &claim, &sent.to_string(), carried, &delivery));
    }
    Ok(verdict)
}
