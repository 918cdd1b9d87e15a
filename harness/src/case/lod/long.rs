//! The soak: what shows only after minutes.

use std::time::Duration;

use super::judging::{answers, describe, growth, rate};
use super::mix::{Kind, Mix, place};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::load::{Connections, Shot};
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[LOD_10];

const OVER: Duration = Duration::from_secs(600);
/// Without a known capacity, and at most.
const USUAL_RATE: f64 = 25.0;
const MOST: f64 = 50.0;

/// Growth that nobody would notice is none.
const LEAST_GROWTH: Duration = Duration::from_millis(20);

const LOD_10: Case = Case {
    id: "LOD-10",
    requirements: &[R1, R2],
    level: Level::Should,
    set: CaseSet::All,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "ten minutes of events are all answered, none is lost and answers do not become slower",
    doc: "Delivers events for ten minutes at half the rate that LOD-08 found, at most 50 a second, lays a line through the latencies and accounts for every effect.\n\
          Why: leaks of memory, handles and table space need time to show.\n\
          Fix: watch memory and open handles of the process meanwhile; index what is looked up by key, prune in small steps.",
    body: |trial| Box::pin(lod_10(trial)),
};

async fn lod_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let capacity = trial.scene().capacity.lock().map_or(None, |known| *known);
    let half = capacity.map_or(USUAL_RATE, |capacity| (capacity / 2.0).min(MOST));
    let pace = trial.rate(half);
    let count = (pace * OVER.as_secs_f64()).ceil() as usize;
    let types = trial.event_types();
    let mut mix = Mix::default();
    for (index, event_type) in types.iter().cycle().take(count).enumerate() {
        mix.add(
            Kind::Valid,
            trial.mint_event(event_type)?,
            place(index, pace),
        );
    }
    let ran = mix.run(trial, Connections::Kept).await;
    answers(trial, &mut verdict, &ran, Level::Should);
    describe(&mut verdict, &ran);
    verdict.add(rate(&ran, Level::Should));

    let took = |shot: &Shot| shot.attempt.timing.acknowledgement();
    let allowed = LEAST_GROWTH.max(ran.run.sample(took).quantile(0.5));
    let claim = "latency does not grow over ten minutes";
    growth(&mut verdict, &ran, claim, took, allowed);
    let effects = trial.settle().await;
    let claim = "every acknowledged event has one effect";
    verdict.add(expect::effects(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}
