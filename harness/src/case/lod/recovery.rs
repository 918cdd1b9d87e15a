//! After too much: whether a receiver serves again.

use std::time::{Duration, Instant};

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::sender::millis;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_09];

/// Events of the overload. Their answers are not judged.
const OVERLOAD: usize = 200;
/// How long a receiver may take to serve again.
const RECOVERY: Duration = Duration::from_secs(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// In a row, so that one lucky worker is no recovery.
const IN_A_ROW: usize = 5;

const LOD_09: Case = Case {
    id: "LOD-09",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-ACK-02", "G-OPS-06"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Ownership],
    title: "within five seconds after an overload events are acknowledged again",
    doc: "Releases 200 events at the same moment and lets the receiver answer as it likes, then delivers one event after the other until five in a row are acknowledged in time.\n\
          Why: an overload passes; a pool that has lost its connections or a breaker that never closes makes an outage of it.\n\
          Fix: bound queues, give every wait a timeout, and give back what was taken on every path out of a handler.",
    body: |trial| Box::pin(lod_09(trial)),
};

async fn lod_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let count = trial.rate(OVERLOAD as f64) as usize;
    let mut deliveries = Vec::with_capacity(count);
    for event_type in trial.event_types().iter().cycle().take(count) {
        deliveries.push(trial.mint_event(event_type)?);
    }
    let requests = deliveries
        .iter()
        .map(|delivery| delivery.request())
        .collect();
    let released = trial.release(requests).await;
    for (delivery, attempt) in deliveries.iter().zip(&released.attempts) {
        trial.expect_if_acknowledged(delivery, attempt);
    }
    let taken = released.attempts.iter().filter(|a| a.is_accepted()).count();
    verdict.note(format!(
        "{taken} of {count} events of the overload were acknowledged"
    ));

    // Waiting for what the receiver itself asked to wait for is no lack of recovery.
    trial.scene().throttle.pause().await;
    let over = Instant::now();
    let (mut in_a_row, mut first, mut last) = (0, None, None);
    while in_a_row < IN_A_ROW {
        let asked = over.elapsed();
        if in_a_row == 0 && asked > RECOVERY {
            break;
        }
        let delivery = trial.mint_effective()?;
        let attempt = trial.deliver(&delivery).await?;
        trial.expect_if_acknowledged(&delivery, &attempt);
        let check = expect::acknowledged(trial.scene(), &delivery, &attempt);
        last = Some(attempt);
        if check.is_refuted() {
            (in_a_row, first) = (0, None);
            tokio::time::sleep(PAUSE).await;
        } else {
            in_a_row += 1;
            first.get_or_insert(asked);
        }
    }
    let refuted = (in_a_row < IN_A_ROW).then(|| {
        let seen = last
            .as_ref()
            .map_or(String::new(), |attempt| attempt.describe());
        (
            format!(
                "{IN_A_ROW} events in a row acknowledged, from {} on",
                millis(RECOVERY)
            ),
            format!("not so; the last one: {seen}"),
        )
    });
    if let Some(first) = first {
        verdict.note(format!("acknowledged again after {}", millis(first)));
        verdict.figure("recovery", first.as_secs_f64() * 1000.0, "ms");
    }
    let claim = "events are acknowledged again after an overload";
    let mut check = Check::judged(Level::Must, claim, &[E1, E2], refuted);
    if let Some(last) = last {
        check = check.shown_by(last.number);
    }
    verdict.add(check);
    let effects = trial.settle().await;
    let claim = "what was acknowledged in the overload has one effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}
