//! Repeats among fresh events, while both are being worked on.

use std::time::Duration;

use super::judging::{answers, describe, rate};
use super::mix::{Kind, Mix, Ran, place};
use super::{OVER, RATE};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::load::Connections;
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[LOD_04, LOD_11];

/// Of a stream with repeats, this share is repeats.
const REPEATED: f64 = 0.3;
/// Copies of the hot key, and fresh events beside them.
const HOT: usize = 200;

const LOD_04: Case = Case {
    id: "LOD-04",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-IDEM-01", "G-IDEM-03", "D-06", "G-OPS-06"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "repeats at random among fresh events have no second effect, and lose none",
    doc: "Sends 200 requests a second for two seconds of which 30 % repeat an earlier event, half of them right behind it, then accounts for every effect.\n\
          Why: a sender that retries does so in the middle of everything else; a cache under pressure forgets keys, and a lock for one key can drop another's event.\n\
          Fix: let the store decide with a unique constraint, for each event on its own.",
    body: |trial| Box::pin(lod_04(trial)),
};

async fn lod_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let pace = trial.rate(RATE);
    let count = (pace * OVER.as_secs_f64()).ceil() as usize;
    let types = trial.event_types();
    let mut types = types.iter().cycle();
    let mut mix = Mix::default();
    let mut fresh = Vec::new();
    for index in 0..count {
        let at = place(index, pace);
        if !fresh.is_empty() && trial.rng().f64() < REPEATED {
            let last = fresh.len() - 1;
            // Together with the youngest event, or long after an older one.
            let (of, at) = match trial.rng().bool() {
                true => (last, place(index - 1, pace)),
                false => (trial.rng().usize(..=last), at),
            };
            let delivery: &Delivery = &fresh[of];
            mix.add(Kind::Copy, delivery.clone(), at);
        } else if let Some(event_type) = types.next() {
            let delivery = trial.mint_event(event_type)?;
            fresh.push(delivery.clone());
            mix.add(Kind::Valid, delivery, at);
        }
    }
    let ran = mix.run(trial, Connections::Kept).await;
    answers(trial, &mut verdict, &ran, Level::Must);
    describe(&mut verdict, &ran);
    verdict.note(format!(
        "{} events, {} repeats",
        of_kind(&ran, Kind::Valid),
        of_kind(&ran, Kind::Copy)
    ));
    verdict.add(rate(&ran, Level::Must));
    let effects = trial.settle().await;
    let claim = "every acknowledged event has one effect, repeated or not";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const LOD_11: Case = Case {
    id: "LOD-11",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-IDEM-01", "G-IDEM-07", "G-ACK-02", "D-06"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "a key that comes 200 times in a second has one effect and does not hold up others",
    doc: "Sends 200 copies of one event at random times within a second among 200 fresh events, then accounts for every effect.\n\
          Why: a lock around looking keys up makes every event wait for the repeats of one.\n\
          Fix: lock by key and not by table; better, insert with a unique constraint and hold no lock at all.",
    body: |trial| Box::pin(lod_11(trial)),
};

async fn lod_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let pace = trial.rate(2.0 * HOT as f64) / 2.0;
    let count = pace.ceil() as usize;
    let hot = trial.mint_effective()?;
    let types = trial.event_types();
    let mut mix = Mix::default();
    for (index, event_type) in types.iter().cycle().take(count).enumerate() {
        mix.add(
            Kind::Valid,
            trial.mint_event(event_type)?,
            place(index, pace),
        );
        let at = Duration::from_secs(1).mul_f64(trial.rng().f64());
        mix.add(Kind::Copy, hot.clone(), at);
    }
    let ran = mix.run(trial, Connections::Kept).await;
    answers(trial, &mut verdict, &ran, Level::Must);
    describe(&mut verdict, &ran);
    let copies = ran.sample(Kind::Copy, |shot| shot.attempt.timing.acknowledgement());
    verdict.note(format!("copies of the hot key: {}", copies.describe()));
    verdict.add(rate(&ran, Level::Must));
    let effects = trial.settle().await;
    let claim = "the hot key and every fresh event have one effect each";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}

fn of_kind(ran: &Ran, kind: Kind) -> usize {
    ran.sent().filter(|(item, _)| item.kind == kind).count()
}
