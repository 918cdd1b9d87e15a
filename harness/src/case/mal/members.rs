//! Members that are there twice, in their thousands, or hold numbers no machine holds.

use std::sync::Arc;

use hamsa_fixtures::malformed;

use super::shape::{report_other, still_serves};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, NoAnswer, Request, millis};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R2, Rb},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[MAL_06, MAL_11, MAL_14];

const MAL_06: Case = Case {
    id: "MAL-06",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "an event with two call ids is at most one event",
    doc: "Sends events that name two callIds; at most one of the two may have an effect, and then both are delivered properly, after which each must have one.\n\
          Why: JSON leaves open which of the two counts; where the duplicate check and the handler use different parsers, one call's event is taken for another's.\n\
          Fix: parse once and use that result everywhere; refuse members that are there twice if the parser can.",
    body: |trial| Box::pin(mal_06(trial)),
};

async fn mal_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let alone = two_ids(trial, &mut verdict).await?;
    let followed = two_ids(trial, &mut verdict).await?;
    for delivery in &followed {
        let attempt = trial.deliver(delivery).await?;
        verdict.add(expect::taken(trial.scene(), delivery, &attempt));
    }
    verdict.add(trial.control("events with two call ids").await?);
    let effects = trial.settle().await;
    let claim = "events with two call ids have no second effect";
    verdict.add(expect::nothing_added(&effects, Level::Must, claim).filed_under(R2));
    if matches!(effects, Effects::Seen(_)) {
        let taken = alone.iter().filter(|one| has_effect(trial, one)).count();
        let refuted = (taken > 1).then(|| {
            let actual = format!("both `{}` and `{}`", alone[0].key, alone[1].key);
            ("an effect under one of the two, or none".to_owned(), actual)
        });
        let claim = "an event with two call ids counts for one of them";
        verdict.add(Check::judged(Level::Must, claim, &[E3], refuted));
        let lost = followed.iter().find(|one| !has_effect(trial, one));
        let refuted = lost.map(|one| {
            let actual = format!("no effect under `{}`", one.key);
            ("one effect under each".to_owned(), actual)
        });
        let claim = "the events of both calls are still taken";
        let mut check = Check::judged(Level::Should, claim, &[E3], refuted).filed_under(R2);
        check.about = lost.map(|one| one.key.clone());
        verdict.add(check);
    }
    Ok(verdict)
}

/// Sends one event that names two call ids; gives the two events that it could be.
async fn two_ids(trial: &mut Trial, verdict: &mut Verdict) -> Result<[Delivery; 2], Stop> {
    let second = trial.mint_effective()?;
    let other = trial.call_id();
    let bad = malformed::repeated(&second.body, "callId", &other);
    let mut event = second.value()?;
    event["callId"] = other.clone().into();
    let mut first = second.with_body(event.to_string().into_bytes());
    first.key.call_id = other;
    report_other(trial, verdict, &second, bad).await?;
    trial.expect(&first, Expected::AtMostOnce);
    Ok([first, second])
}

fn has_effect(trial: &Trial, delivery: &Delivery) -> bool {
    let mut effects = trial.effects().iter();
    effects.any(|effect| effect.key() == delivery.key)
}

const MAL_11: Case = Case {
    id: "MAL-11",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "numbers that no machine holds leave the receiver serving",
    doc: "Sends events with 1e400, 400 digits, NaN, Infinity, hexadecimal and the like; whether they are taken is only reported.\n\
          Why: a number that overflows is an exception, an infinity that no database takes, or another number.\n\
          Fix: answer 400 to what is no JSON; do not convert numbers that you do not use.",
    body: |trial| Box::pin(mal_11(trial)),
};

async fn mal_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let example = trial.mint_effective()?;
    for index in 0..malformed::numbers(&example.body).len() {
        let delivery = trial.mint_effective()?;
        let odd = malformed::numbers(&delivery.body).swap_remove(index);
        // Several parsers take NaN and its like; the key is intact either way.
        report_other(trial, &mut verdict, &delivery, odd).await?;
    }
    let delivery = trial.mint("hostile/extreme-numbers")?;
    let attempt = trial.deliver(&delivery).await?;
    verdict.note(format!("numbers at the limits: {}", attempt.describe()));
    trial.expect(&delivery, Expected::AtMostOnce);
    still_serves(trial, &mut verdict, "odd numbers").await?;
    Ok(verdict)
}

const MAL_14: Case = Case {
    id: "MAL-14",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-ACK-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Ownership],
    title: "a hundred thousand members are taken or refused in time",
    doc: "Sends events with 100,000 members, with a member name of 1 MiB, and with 65,536 names that have the same hash value in several languages; 200, 400 and 413 are all fine.\n\
          Why: what is fast for ten members may take minutes for many, and one such body stalls everybody's.\n\
          Fix: limit the size of bodies; use a parser whose maps do not degrade.",
    body: |trial| Box::pin(mal_14(trial)),
};

async fn mal_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for index in 0..3 {
        let mut delivery = trial.mint_effective()?;
        // Of a type that nobody acts on: parsing is what is strained, not the probe.
        "call.strained".clone_into(&mut delivery.key.event_type);
        let many = match index {
            0 => malformed::many_members(&delivery.key, 100_000),
            1 => malformed::long_member_name(&delivery.key, 1 << 20),
            _ => malformed::colliding_names(&delivery.key, 1 << 16),
        };
        let request = Request::post(many.name, Arc::from(many.bytes));
        let attempt = trial.send(request).await?;
        verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
        let check = answered_in_time(trial, &attempt);
        let is_refuted = check.is_refuted();
        verdict.add(check);
        trial.expect(&delivery, Expected::AtMostOnce);
        if is_refuted {
            break;
        }
    }
    still_serves(trial, &mut verdict, "very many members").await?;
    Ok(verdict)
}

/// Whatever the answer is, it comes within the deadline; a closed connection is one too.
fn answered_in_time(trial: &Trial, attempt: &Attempt) -> Check {
    let deadline = trial.scene().deadline;
    let is_late = match attempt.timing.acknowledgement() {
        Some(took) => took > deadline,
        None => matches!(attempt.no_answer(), Some(NoAnswer::TimedOut)),
    };
    let refuted = is_late.then(|| {
        let expected = format!("an answer within {}", millis(deadline));
        (expected, attempt.describe())
    });
    let claim = format!("{} is answered in time", attempt.request.label);
    Check::judged(Level::Must, claim, &[E1, E2], refuted).shown_by(attempt.number)
}
