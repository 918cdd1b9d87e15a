//! Odd texts in the members that identify an event. They are legal: a receiver may take them or
//! turn them down, but not change them.

use super::shape::send_bad;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{
    Level,
    RequirementId::{R2, Rb},
};
use crate::verdict::{Check, Verdict};

use hamsa_fixtures::malformed;
use hamsa_schemas::IdempotencyKey;

pub(super) const CASES: &[Case] = &[MAL_09, MAL_15, MAL_16, MAL_17];

const MAL_09: Case = Case {
    id: "MAL-09",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-10", "G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "control characters in an id are kept or refused, never changed",
    doc: "Sends events whose callId holds an escaped NUL (two that differ only behind it), an escape, a tab and others, and one with them in its text; 200 and 4xx are both fine.\n\
          Why: text that ends at NUL in one layer and not in the next makes two calls one.\n\
          Fix: store ids byte for byte, or answer 400 to those you cannot store.",
    body: |trial| Box::pin(mal_09(trial)),
};

async fn mal_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let tails = [
        "\u{0}a",
        "\u{0}b",
        "\u{1}",
        "\u{1b}[31m",
        "\ta",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
    ];
    let mut odd = with_tails(trial, &tails)?;
    odd.push(trial.mint("hostile/control-characters")?);
    kept_or_refused(trial, odd, "control characters").await
}

const MAL_15: Case = Case {
    id: "MAL-15",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-05", "G-VAL-09", "G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "odd timestamps are kept or refused, never changed",
    doc: "Sends events whose timestamp is no date, or lies in the year 0000, 1970 or 2999, or has an offset of 99 hours, and one whose timestamp is a number; the number must have no effect.\n\
          Why: a date library throws, or turns what it cannot read into now, and the event has another key each time.\n\
          Fix: keep the timestamp as the text it is for the key; parse it elsewhere, and survive that it fails.",
    body: |trial| Box::pin(mal_15(trial)),
};

async fn mal_15(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut odd = Vec::new();
    for timestamp in [
        "yesterday",
        "0000-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "2999-12-31T23:59:59.999Z",
        "2026-02-30T25:61:61.000Z",
        "2026-01-01T00:00:00.000+99:99",
    ] {
        odd.push(with_text(trial, "timestamp", timestamp)?);
    }
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let number = malformed::mistyped(&delivery.body, "timestamp")
        .into_iter()
        .find(|bad| bad.name.contains("number"));
    if let Some(bad) = number {
        send_bad(trial, &mut verdict, &delivery, bad).await?;
    }
    let rest = kept_or_refused(trial, odd, "odd timestamps").await?;
    verdict.add_all(rest.checks);
    verdict.notes.extend(rest.notes);
    Ok(verdict)
}

const MAL_16: Case = Case {
    id: "MAL-16",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-ACK-05", "G-EVT-02", "G-VAL-09"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "an event type that almost is a known one is another type",
    doc: "Sends events whose eventType is in upper case, ends in a line feed or a space, or is 10 KiB long; an effect under the documented type is the finding.\n\
          Why: a lenient match gives an event a type that its sender did not write.\n\
          Fix: compare the type byte for byte, and acknowledge the rest as unknown.",
    body: |trial| Box::pin(mal_16(trial)),
};

async fn mal_16(trial: &mut Trial) -> Result<Verdict, Stop> {
    let own = trial.effective_type();
    let mut odd = Vec::new();
    for event_type in [
        own.to_uppercase(),
        format!("{own}\n"),
        format!(" {own} "),
        own.replace('.', "_"),
        own.repeat(10 * 1024 / own.len()),
    ] {
        odd.push(with_text(trial, "eventType", &event_type)?);
    }
    kept_or_refused(trial, odd, "odd event types").await
}

const MAL_17: Case = Case {
    id: "MAL-17",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-10", "G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "hostile call ids are kept or refused, never changed",
    doc: "Sends events whose callId is 10 KiB long or holds quotes and SQL, path steps, look-ups, markup, percent escapes, CR and LF; 200 and 4xx are both fine.\n\
          Why: an id ends up in queries, paths, logs and pages; where one of them cleans it, two ids become one.\n\
          Fix: bind it as a parameter, escape it where it is shown, and keep the key as it came.",
    body: |trial| Box::pin(mal_17(trial)),
};

async fn mal_17(trial: &mut Trial) -> Result<Verdict, Stop> {
    let long = "x".repeat(10 * 1024);
    let tails = [
        "'; DROP TABLE events; --",
        "\" OR \"\"=\"",
        "/../../../../etc/passwd",
        "\\..\\..\\boot.ini",
        "${jndi:ldap://127.0.0.1/x}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "%2e%2e%2f%00",
        "%s%n",
        "*?[a-z]",
        "a:b|c,d;e",
        "\r\nX-Injected: yes",
        &long,
    ];
    let odd = with_tails(trial, &tails)?;
    kept_or_refused(trial, odd, "hostile call ids").await
}

/// Events that differ only in how their call ids end.
fn with_tails(trial: &mut Trial, tails: &[&str]) -> Result<Vec<Delivery>, Stop> {
    let (id, timestamp) = (trial.call_id(), trial.timestamp());
    let fixture = trial.mint_effective()?.fixture;
    let mint = |tail| trial.mint_as(&fixture, &format!("{id}{tail}"), &timestamp);
    Ok(tails.iter().map(mint).collect::<Result<_, _>>()?)
}

/// A fresh event with this text in one of the three.
fn with_text(trial: &mut Trial, member: &str, text: &str) -> Result<Delivery, Stop> {
    let mut delivery = trial.mint_effective()?;
    let mut event = delivery.value()?;
    event[member] = text.into();
    match member {
        "eventType" => text.clone_into(&mut delivery.key.event_type),
        _ => text.clone_into(&mut delivery.key.timestamp),
    }
    Ok(delivery.with_body(event.to_string().into_bytes()))
}

/// Sends each twice. None may have an effect under another key than its own, nor two.
async fn kept_or_refused(
    trial: &mut Trial,
    odd: Vec<Delivery>,
    what: &str,
) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut acknowledged = Vec::new();
    for delivery in odd {
        let mut request = delivery.request();
        request.label = format!("an event with {what}, {}", shown(&delivery.key));
        let attempt = trial.send(request.clone()).await?;
        verdict.add(no_server_error(&attempt));
        verdict.note(format!("{}: {}", shown(&delivery.key), attempt.describe()));
        request.label.push_str(", again");
        trial.send(request).await?;
        trial.expect(&delivery, Expected::AtMostOnce);
        let leaves_effect = trial
            .scene()
            .observed
            .leaves_effect(&delivery.key.event_type);
        if attempt.is_accepted() && leaves_effect {
            acknowledged.push(delivery.key);
        }
    }
    verdict.add(trial.control(what).await?);
    let effects = trial.settle().await;
    let claim = format!("{what} never come out changed");
    verdict.add(expect::nothing_unexpected(&effects, Level::Must, &claim));
    let claim = format!("{what} never come out twice");
    verdict.add(expect::nothing_doubled(&effects, Level::Must, &claim));
    if matches!(effects, Effects::Seen(_)) {
        verdict.add(none_swallowed(trial, &acknowledged, what));
    }
    Ok(verdict)
}

/// The receiver may turn the request down, but not fail over it.
pub(super) fn no_server_error(attempt: &Attempt) -> Check {
    let refuted = match attempt.status() {
        Some(..500) => None,
        _ => Some(("200, or a 4xx".to_owned(), attempt.describe())),
    };
    let claim = format!("{} is answered without an error", attempt.request.label);
    Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number)
}

/// What was acknowledged is there, under the key that was sent.
fn none_swallowed(trial: &Trial, acknowledged: &[IdempotencyKey], what: &str) -> Check {
    let is_there = |key: &IdempotencyKey| trial.effects().iter().any(|effect| effect.key() == *key);
    let lost = acknowledged.iter().find(|key| !is_there(key));
    let refuted = lost.map(|key| {
        let expected = "its effect, or a refusal".to_owned();
        (expected, format!("200 and no effect for {}", shown(key)))
    });
    let claim = format!("events with {what} that are acknowledged have their effect");
    let mut check = Check::judged(Level::Should, claim, &[E3], refuted).filed_under(R2);
    check.about = lost.cloned();
    check
}

/// The odd part of a key, fit for a line.
fn shown(key: &IdempotencyKey) -> String {
    const MOST: usize = 60;
    let text = format!("{} {} {}", key.call_id, key.event_type, key.timestamp);
    let escaped = text.escape_debug().to_string();
    match escaped.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", &escaped[..end], text.len()),
        None => escaped,
    }
}
