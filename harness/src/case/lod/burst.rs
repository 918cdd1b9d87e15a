//! Everything at once.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::load::Sample;
use crate::sender::millis;
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_02];

const EVENTS: usize = 100;

const LOD_02: Case = Case {
    id: "LOD-02",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "a burst of 100 events is answered in time and loses nothing",
    doc: "Releases 100 distinct events over 100 connections at the same moment, then accounts for every effect.\n\
          Why: after an outage on either side, everything that waited arrives together.\n\
          Fix: acknowledge only what is stored; when the queue is full, answer 503 and let the sender retry.",
    body: |trial| Box::pin(lod_02(trial)),
};

async fn lod_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    // A burst of one second's worth, where the user allows less.
    let count = trial.rate(EVENTS as f64) as usize;
    let mut deliveries = Vec::with_capacity(count);
    for event_type in trial.event_types().iter().cycle().take(count) {
        deliveries.push(trial.mint_event(event_type)?);
    }
    let requests = deliveries
        .iter()
        .map(|delivery| delivery.request())
        .collect();
    let released = trial.release(requests).await;
    let mut throttled = 0;
    for (attempt, delivery) in released.attempts.iter().zip(&deliveries) {
        if attempt.status() == Some(429) {
            throttled += 1;
            trial.expect(delivery, Expected::AtMostOnce);
            continue;
        }
        verdict.add(expect::acknowledged(trial.scene(), delivery, attempt));
        trial.expect_if_acknowledged(delivery, attempt);
    }
    let took: Sample = released
        .attempts
        .iter()
        .filter_map(|attempt| attempt.timing.acknowledgement())
        .collect();
    let spread = released.spread;
    verdict.figure("spread", spread.as_secs_f64() * 1000.0, "ms");
    verdict.figure("max", took.max().as_secs_f64() * 1000.0, "ms");
    verdict.note(format!(
        "last bytes {} apart; {}",
        millis(spread),
        took.describe()
    ));
    let claim = "the burst reached the receiver";
    verdict.add(if throttled > 0 {
        let why = format!("{throttled} of {count} events were answered 429");
        Check::unclear(Level::Must, claim, &[E5], why)
    } else {
        Check::judged(Level::Must, claim, &[E5], None)
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
