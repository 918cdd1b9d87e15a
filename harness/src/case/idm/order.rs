//! Order: repeats between other events, and events in an order nobody promised.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_21, IDM_23, IDM_24];

/// As many as the catalogue asks for, or as many as there is time for.
const OTHER_KEYS: usize = 10_000;
const LONGEST: Duration = Duration::from_secs(5);

const IDM_21: Case = Case {
    id: "IDM-21",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-IDEM-03", "G-IDEM-06"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "a repeat after many other events has no second effect",
    doc: "Delivers ten events, then up to 10,000 others for at most five seconds, then the ten again.\n\
          Why: a cache that holds the last hundred keys, or keys for a second, forgets before the sender does.\n\
          Fix: keep keys in the store, for at least 24 hours.",
    body: |trial| Box::pin(idm_21(trial)),
};

async fn idm_21(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut first = Vec::new();
    for _ in 0..10 {
        let delivery = trial.mint_effective()?;
        trial.deliver(&delivery).await?;
        trial.expect_once(&delivery);
        first.push(delivery);
    }
    let sent = trial.crowd(OTHER_KEYS, LONGEST).await?;
    for delivery in &first {
        let mut repeat = delivery.request();
        repeat.label = "a repeat after many other events".to_owned();
        let repeat = trial.send(repeat).await?;
        let mut check = expect::taken(trial.scene(), delivery, &repeat);
        check.level = Level::Should;
        verdict.add(check);
    }
    verdict.note(format!(
        "{sent} other events between an event and its repeat"
    ));
    let effects = trial.settle().await;
    let claim = "an event and its late repeat have one effect";
    verdict.add(expect::effects(&effects, Level::Should, claim));
    Ok(verdict)
}

const IDM_23: Case = Case {
    id: "IDM-23",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-01", "G-IDEM-03"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "repeats between other events have no second effect",
    doc: "Delivers events A B A C B A of one receiver.\n\
          Why: a receiver that remembers only the last key takes an interleaved repeat for news.\n\
          Fix: remember every key for as long as the sender may retry, at least 24 hours.",
    body: |trial| Box::pin(idm_23(trial)),
};

async fn idm_23(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let events = [
        trial.mint_effective()?,
        trial.mint_effective()?,
        trial.mint_effective()?,
    ];
    for index in [0, 1, 0, 2, 1, 0] {
        let attempt = trial.deliver(&events[index]).await?;
        verdict.add(expect::taken(trial.scene(), &events[index], &attempt));
    }
    for event in &events {
        trial.expect_once(event);
    }
    let effects = trial.settle().await;
    verdict.add(expect::effects(
        &effects,
        Level::Must,
        "interleaved repeats have one effect each",
    ));
    Ok(verdict)
}

const IDM_24: Case = Case {
    id: "IDM-24",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["D-08"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "events out of order each have their effect",
    doc: "Delivers a whole call from its last event to its first.\n\
          Why: nothing promises an order, and a retried event arrives late by nature.\n\
          Fix: take every event on its own; do not require that a call was started before it ended.",
    body: |trial| Box::pin(idm_24(trial)),
};

async fn idm_24(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for delivery in trial.mint_call("call/support-26")?.iter().rev() {
        let attempt = trial.deliver(delivery).await?;
        verdict.add(expect::taken(trial.scene(), delivery, &attempt));
        trial.expect_once(delivery);
    }
    let effects = trial.settle().await;
    verdict.add(expect::effects(
        &effects,
        Level::Must,
        "every event has one effect in any order",
    ));
    Ok(verdict)
}
