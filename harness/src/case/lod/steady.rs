//! A steady rate of mixed events.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::load::{Shot, open_loop};
use crate::sender::millis;
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_01];

/// Small enough for a CI machine, and more than any one agent sends.
const RATE: f64 = 200.0;
const EVENTS: usize = 400;
/// Beyond this the harness, not the receiver, decided the rate.
const LONGEST_LAG: Duration = Duration::from_millis(250);

const LOD_01: Case = Case {
    id: "LOD-01",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "200 events a second for two seconds are all answered in time",
    doc: "Delivers 400 distinct events of mixed types at a constant rate over kept connections, then accounts for every effect.\n\
          Why: a busy hour is many calls at once, each sending a transcription update every second or so.\n\
          Fix: take the work out of the request; let a queue or a pool absorb what comes faster than it is done.",
    body: |trial| Box::pin(lod_01(trial)),
};

async fn lod_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut deliveries = Vec::with_capacity(EVENTS);
    for event_type in trial.event_types().iter().cycle().take(EVENTS) {
        deliveries.push(trial.mint_event(event_type)?);
    }
    trial.scene().throttle.pause().await;
    let requests = deliveries
        .iter()
        .map(|delivery| delivery.request())
        .collect();
    let connector = trial.scene().connector.clone();
    let run = open_loop(&connector, RATE, requests).await;

    let mut throttled = 0;
    for (shot, delivery) in run.shots.iter().zip(&deliveries) {
        let attempt = trial.record(shot.attempt.clone());
        if attempt.status() == Some(429) {
            trial.scene().note_throttled(&attempt);
            throttled += 1;
            trial.expect(delivery, crate::ledger::Expected::AtMostOnce);
            continue;
        }
        verdict.add(expect::acknowledged(trial.scene(), delivery, &attempt));
        trial.expect_once(delivery);
    }
    let lag = run.quantile(0.99, |shot| Some(shot.lag()));
    verdict.note(format!(
        "p50 {} and p99 {} from the intended time, p99 {} from the last byte sent; sent p99 {} late",
        millis(run.quantile(0.5, Shot::corrected)),
        millis(run.quantile(0.99, Shot::corrected)),
        millis(run.quantile(0.99, |shot| shot.attempt.timing.acknowledgement())),
        millis(lag),
    ));
    if run.stale_connections > 0 {
        verdict.note(format!(
            "{} kept connections had been closed",
            run.stale_connections
        ));
    }
    let claim = "the rate was what it should have been";
    let unclear = if throttled > 0 {
        Some(format!("{throttled} of {EVENTS} events were answered 429"))
    } else if lag > LONGEST_LAG {
        Some(format!("the harness itself sent p99 {} late", millis(lag)))
    } else {
        None
    };
    verdict.add(match unclear {
        Some(why) => Check::unclear(Level::Must, claim, &[E5], why),
        None => Check::judged(Level::Must, claim, &[E5], None),
    });
    let effects = trial.settle().await;
    verdict.add(
        expect::effects(
            &effects,
            Level::Must,
            "every acknowledged event has one effect",
        )
        .filed_under(R2),
    );
    Ok(verdict)
}
