//! A store that cannot be reached, or not be written to.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::disturbed::{EVENTS, bring_again, mint, not_taken, recovered_by, release};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::hooks::HookKind;
use crate::scene::Scene;
use crate::sender::{Attempt, millis};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Judgement, Verdict};

pub(super) const CASES: &[Case] = &[DUR_09, DUR_10];

const DUR_09: Case = Case {
    id: "DUR-09",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-ACK-10", "D-06"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Hook(HookKind::Store)],
    title: "without its store the receiver acknowledges nothing that it will lose",
    doc: "Makes the store unreachable (`--store-down`), delivers fresh events twice and a copy of an earlier one, ends that, brings again what was not acknowledged, and counts effects.\n\
          Why: a 200 for an event that is kept nowhere is a lie, and nobody sends it again; an answer that never comes is no better.\n\
          Fix: answer 503 within the deadline when the event could not be written, and connect again by yourself.",
    body: |trial| Box::pin(without_store(trial, HookKind::Store, Level::Should)),
};

const DUR_10: Case = Case {
    id: "DUR-10",
    requirements: &[R2],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-ACK-10", "D-06"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Hook(HookKind::Disk)],
    title: "with a full or read-only store the receiver acknowledges nothing that it will lose",
    doc: "Makes the store refuse writes (`--disk-full`), delivers fresh events twice and a copy of an earlier one, ends that, brings again what was not acknowledged, and counts effects.\n\
          Why: reads still work, so that a receiver that checks only those believes that all is well.\n\
          Fix: acknowledge after the commit; answer 503 when it fails.",
    body: |trial| Box::pin(without_store(trial, HookKind::Disk, Level::Info)),
};

async fn without_store(trial: &mut Trial, kind: HookKind, level: Level) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let earlier = trial.mint_effective()?;
    let attempt = trial.deliver(&earlier).await?;
    trial.expect_if_acknowledged(&earlier, &attempt);
    let deliveries = mint(trial)?;
    let meanwhile = trial
        .with_fault(kind, async |trial: &mut Trial| {
            let label = "an event without a store";
            let first = release(trial, &deliveries, label).await;
            let second = release(trial, &deliveries, "its copy without a store").await;
            let known = std::slice::from_ref(&earlier);
            let copy = release(trial, known, "a copy of an earlier event without a store").await;
            verdict.add(first_unlike(
                first.iter().chain(&second).chain(&copy),
                level,
                "the receiver answers in time while it has no store",
                |attempt| in_time(trial.scene(), attempt),
            ));
            verdict.add(first_unlike(
                first.iter().chain(&second),
                level,
                "an event that cannot be kept is answered with a 5xx",
                refusal,
            ));
            Ok(first.into_iter().zip(second))
        })
        .await?;
    let until = recovered_by();
    let mut acknowledged = 0;
    for (delivery, (first, second)) in deliveries.iter().zip(meanwhile) {
        if first.is_accepted() || second.is_accepted() {
            acknowledged += 1;
        } else {
            let label = "the event once the store is back";
            let last = bring_again(trial, delivery, until, label).await?;
            verdict.add(taken_again(delivery, &last, level));
        }
        trial.expect_once(delivery);
    }
    verdict.note(format!(
        "{acknowledged} of {EVENTS} events were acknowledged without a store"
    ));
    let effects = trial.settle().await;
    let claim = "an event has one effect in the end, acknowledged without a store or brought again";
    let check = expect::effects(&effects, level, claim);
    if acknowledged == EVENTS && check.judgement == Judgement::Held {
        // Kept elsewhere, or the hook reached nothing: allowed, and no evidence of anything.
        let why = "every event was acknowledged in spite of the hook, and none was lost";
        let claim = "the hook reaches the store";
        verdict.add(Check::unclear(level, claim, &[E1, E3], why));
    }
    verdict.add(check);
    Ok(verdict)
}

/// One check over several attempts; it points at the first that refutes it.
fn first_unlike<'a>(
    mut attempts: impl Iterator<Item = &'a Attempt>,
    level: Level,
    claim: &str,
    refute: impl Fn(&Attempt) -> Option<(String, String)>,
) -> Check {
    let found = attempts.find_map(|attempt| refute(attempt).map(|seen| (attempt.number, seen)));
    match found {
        Some((number, seen)) => Check::judged(level, claim, &[E1, E2], Some(seen)).shown_by(number),
        None => Check::judged(level, claim, &[E1, E2], None),
    }
}

fn in_time(scene: &Scene, attempt: &Attempt) -> Option<(String, String)> {
    let took = attempt.timing.acknowledgement();
    let is_late = attempt.answer().is_none() || took.is_some_and(|took| took > scene.deadline);
    is_late.then(|| {
        let expected = format!("an answer within {}", millis(scene.deadline));
        (expected, attempt.describe())
    })
}

/// Whether a 200 was a lie is for the effects to say: the event may be kept elsewhere.
fn refusal(attempt: &Attempt) -> Option<(String, String)> {
    match attempt.status() {
        None | Some(200 | 429 | 500..) => None,
        Some(_) => Some(("a status from 500 on".to_owned(), attempt.describe())),
    }
}

fn taken_again(delivery: &Delivery, last: &Attempt, level: Level) -> Check {
    let claim = format!(
        "a {} is taken once the store is back",
        delivery.key.event_type
    );
    Check::judged(level, claim, &[E1], not_taken(last)).shown_by(last.number)
}
