//! The transcript: its order, its gaps and its text.

use serde_json::{Map, Value, json};

use super::carried::Carried;
use super::telling::{deliver_changed, is_answered, judged, kept, settled, told};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::terms::EvidenceKind::E3;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[EVT_09, EVT_10, EVT_18];

const EVT_09: Case = Case {
    id: "EVT-09",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-09"],
    evidence: &[E3],
    needs: &[],
    title: "the turns of a transcript keep their order",
    doc: "Delivers a `call.ended` in which one speaker takes several turns in a row, and looks for the turns in its effect.\n\
          Why: turns have no times; their order is all that makes a conversation of them.\n\
          Fix: keep the list as a list; do not sort it, group it by speaker or keep it in a set.",
    body: |trial| Box::pin(evt_09(trial)),
};

async fn evt_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    // Neither the alphabet nor the speakers give this order.
    let turns = [
        "hc-turn-mango",
        "hc-turn-zebra",
        "hc-turn-apple",
        "hc-turn-night",
        "hc-turn-birch",
    ];
    let speakers = ["User", "Agent", "Agent", "User", "Agent"];
    let transcript = speakers
        .iter()
        .zip(turns)
        .map(|(speaker, text)| json!({*speaker: text}));
    let mut verdict = Verdict::new();
    let what = "turns out of turn";
    let Some(delivery) = deliver_turns(trial, &mut verdict, what, transcript.collect()).await?
    else {
        return Ok(verdict);
    };
    let seen = told(trial, &delivery).order(&turns).map(|order| {
        let shown = |order: &[usize]| {
            let names: Vec<&str> = order.iter().map(|index| &turns[*index][8..]).collect();
            names.join(", ")
        };
        (!order.is_sorted()).then(|| (shown(&[0, 1, 2, 3, 4]), shown(&order)))
    });
    let claim = "the effect has the turns in the order in which they were taken";
    verdict.add(judged(Level::Should, claim, seen, &delivery));
    Ok(verdict)
}

const EVT_10: Case = Case {
    id: "EVT-10",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-10"],
    evidence: &[E3],
    needs: &[],
    title: "turns after an empty one are not lost",
    doc: "Delivers a `call.ended` with empty turns between others, and looks for those after them in its effect.\n\
          Why: silence makes turns in which nobody speaks; a reader that stops there loses the rest of the conversation.\n\
          Fix: skip a turn with neither `Agent` nor `User`, and go on.",
    body: |trial| Box::pin(evt_10(trial)),
};

async fn evt_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let transcript = vec![
        json!({"Agent": "hc-turn-before"}),
        json!({}),
        json!({"User": ""}),
        json!({"Agent": null}),
        json!({"User": "hc-turn-after"}),
    ];
    let mut verdict = Verdict::new();
    let what = "empty turns";
    let Some(delivery) = deliver_turns(trial, &mut verdict, what, transcript).await? else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    let holds = |text: &str| told.holds(&json!(text));
    let seen = holds("hc-turn-before").then(|| {
        (!holds("hc-turn-after")).then(|| {
            let actual = "what came before it, and not what came after".to_owned();
            ("the turns around the empty ones".to_owned(), actual)
        })
    });
    let claim = "the effect has the turns after an empty one";
    verdict.add(judged(Level::Should, claim, seen, &delivery));
    Ok(verdict)
}

const EVT_18: Case = Case {
    id: "EVT-18",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-EVT-09", "G-EVT-16"],
    evidence: &[E3],
    needs: &[],
    title: "Arabic text arrives in the effect code point for code point",
    doc: "Delivers turns in Arabic with vowel marks, direction marks and joiners, and with emoji, and looks for each in the effect (SNP-06).\n\
          Why: a database or library in another encoding turns text into question marks, long after the 200.\n\
          Fix: keep text as UTF-8 from end to end (MySQL: `utf8mb4`); do not normalise it or strip marks.",
    body: |trial| Box::pin(evt_18(trial)),
};

/// An anchor that stays recognisable, and what a careless step changes.
const WRITTEN: &[(&str, &str, &str)] = &[
    (
        "Arabic letters",
        "hc-text-letters",
        "مرحبا بكم في خدمة العملاء ٤٢",
    ),
    ("vowel marks", "hc-text-vowels", "أَهْلًا وَسَهْلًا"),
    (
        "direction marks and joiners",
        "hc-text-marks",
        "\u{200f}رقم\u{200e} A-12 \u{2067}نعم\u{2069} می\u{200c}خواهم",
    ),
    (
        "letters made of two code points",
        "hc-text-parts",
        "ا\u{653}ي\u{654} e\u{301}",
    ),
    ("presentation forms", "hc-text-forms", "\u{fefb} \u{fdfa}"),
    ("emoji", "hc-text-emoji", "👩\u{200d}👩\u{200d}👧 🇸🇦"),
];

async fn evt_18(trial: &mut Trial) -> Result<Verdict, Stop> {
    let whole = |(_, anchor, text): &(&str, &str, &str)| format!("{anchor} {text} .");
    let transcript = WRITTEN
        .iter()
        .map(|written| json!({"User": whole(written)}));
    let mut verdict = Verdict::new();
    let what = "turns in Arabic";
    let Some(delivery) = deliver_turns(trial, &mut verdict, what, transcript.collect()).await?
    else {
        return Ok(verdict);
    };
    let told = told(trial, &delivery);
    for written @ (what, anchor, _) in WRITTEN {
        let sent = whole(written);
        let carried: Carried = told.text(&sent, anchor);
        let claim = format!("{what} are in the effect as they were sent");
        verdict.add(kept(Level::Should, &claim, &sent, carried, &delivery));
    }
    Ok(verdict)
}

/// Delivers a call.ended with this transcript and settles; nothing where none is answered.
async fn deliver_turns(
    trial: &mut Trial,
    verdict: &mut Verdict,
    what: &str,
    turns: Vec<Value>,
) -> Result<Option<Delivery>, Stop> {
    if !is_answered(trial, "call.ended", verdict) {
        return Ok(None);
    }
    let change = |body: &mut Map<String, Value>| {
        body.insert("transcription".to_owned(), Value::Array(turns));
    };
    let (delivery, _) = deliver_changed(trial, "call.ended", what, change).await?;
    settled(trial, verdict, Level::Must).await;
    Ok(Some(delivery))
}
