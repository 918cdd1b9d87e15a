//! What connections cost: new ones for each event, and slow ones that never send one.

use std::time::Duration;

use super::judging::{answers, describe, growth, rate};
use super::mix::{Kind, Mix};
use super::{OVER, RATE};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Effects, Stop, Trial};
use crate::load::{Connections, Shot};
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_06, LOD_07];

/// Growth that nobody would notice is none.
const LEAST_GROWTH: Duration = Duration::from_millis(100);
/// Connections whose requests never come, and how fast they send what never ends.
const SLOW_HEADS: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);

const LOD_06: Case = Case {
    id: "LOD-06",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "a new connection for each event is taken, and answers do not become slower",
    doc: "Delivers 200 events a second for two seconds, each over a connection of its own, and lays a line through the latencies.\n\
          Why: senders behind load balancers and serverless runtimes do not keep connections; what a receiver keeps per connection adds up.\n\
          Fix: close what is done, accept in a loop that does nothing else, and raise the listen backlog.",
    body: |trial| Box::pin(lod_06(trial)),
};

async fn lod_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mix = Mix::steady(trial, trial.rate(RATE), OVER)?;
    let ran = mix.run(trial, Connections::Fresh).await;
    answers(trial, &mut verdict, &ran, Level::Should);
    describe(&mut verdict, &ran);
    verdict.add(rate(&ran, Level::Should));
    // From connecting to the last byte of the answer; the harness's own lag is not in it.
    let took = |shot: &Shot| {
        let timing = &shot.attempt.timing;
        Some(
            timing
                .last_byte_read?
                .saturating_duration_since(timing.started),
        )
    };
    let allowed = LEAST_GROWTH.max(ran.sample(Kind::Valid, took).quantile(0.25));
    let claim = "latency does not grow with the number of connections made";
    growth(&mut verdict, &ran, claim, took, allowed);
    let effects = trial.settle().await;
    verdict.add(every_effect(&effects));
    Ok(verdict)
}

const LOD_07: Case = Case {
    id: "LOD-07",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Http1, Need::Ownership],
    title: "fifty connections that never finish their request hold up nobody",
    doc: "Opens 50 connections that each send a head byte by byte without an end, and delivers 200 events a second for two seconds beside them.\n\
          Why: a worker per connection is a worker per slow stranger; they need no token to keep all of them busy.\n\
          Fix: put an event loop or a buffering proxy in front; limit the time a head may take, and the connections per address.",
    body: |trial| Box::pin(lod_07(trial)),
};

async fn lod_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mix = Mix::steady(trial, trial.rate(RATE), OVER)?;
    let mut heads = trial.slow_heads(SLOW_HEADS, PAUSE).await;
    let ran = mix.run(trial, Connections::Kept).await;
    verdict.note(format!(
        "{} slow connections made, {} of them still open at the end",
        heads.opened(),
        heads.still_open()
    ));
    drop(heads);
    answers(trial, &mut verdict, &ran, Level::Should);
    describe(&mut verdict, &ran);
    verdict.add(rate(&ran, Level::Should));
    let effects = trial.settle().await;
    verdict.add(every_effect(&effects));
    Ok(verdict)
}

fn every_effect(effects: &Effects) -> Check {
    let claim = "every acknowledged event has one effect";
    expect::effects(effects, Level::Must, claim).filed_under(R2)
}
