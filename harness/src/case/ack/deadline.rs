//! The deadline: the whole answer in time, and not only once.

use std::time::Duration;

use hamsa_schemas::EVENT_TYPES;

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::millis;
use crate::terms::EvidenceKind::{E1, E2, E5};
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_07, ACK_08];

const ACK_07: Case = Case {
    id: "ACK-07",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-02"],
    evidence: &[E1, E2],
    needs: &[],
    title: "the answer's body ends within five seconds too",
    doc: "Delivers an ordinary event of each type and reads the answer to its last byte.\n\
          Why: a head that comes at once and a body that trickles keep the sender waiting all the same.\n\
          Fix: send a short body with its length in one piece.",
    body: |trial| Box::pin(ack_07(trial)),
};

async fn ack_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in EVENT_TYPES {
        let delivery = trial.mint_event(event_type)?;
        let attempt = trial.deliver(&delivery).await?;
        verdict.add(expect::body_ends_in_time(trial.scene(), &attempt));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    Ok(verdict)
}

/// Events in all, and how many of them are under way at a time.
const FIFTY: usize = 50;
const STREAMS: usize = 4;

const ACK_08: Case = Case {
    id: "ACK-08",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Alone,
    clauses: &["G-ACK-02"],
    evidence: &[E1, E2, E5],
    needs: &[],
    title: "fifty events, four at a time, are all answered in time",
    doc: "Delivers 50 events of mixed types in four streams side by side, one after the other in each; the slowest decides, the 99th percentile against the budget is SHOULD.\n\
          Why: pauses of a runtime, a pool or a cache show up now and then, not on the first request.\n\
          Fix: look at what the slow ones had in common; move work out of the request.",
    body: |trial| Box::pin(ack_08(trial)),
};

async fn ack_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut times = Vec::new();
    let mut deliveries = Vec::with_capacity(FIFTY);
    for event_type in trial.event_types().iter().cycle().take(FIFTY) {
        deliveries.push(trial.mint_event(event_type)?);
    }
    let attempts = trial.deliver_all(&deliveries, STREAMS).await?;
    for (delivery, attempt) in deliveries.iter().zip(&attempts) {
        verdict.add(expect::acknowledged(trial.scene(), delivery, attempt));
        times.extend(attempt.timing.acknowledgement());
        trial.expect(delivery, Expected::AtMostOnce);
    }
    times.sort_unstable();
    // Of so few values, the 99th percentile is the slowest.
    let p99 = times
        .get(times.len().saturating_sub(1))
        .copied()
        .unwrap_or(Duration::ZERO);
    let budget = trial.scene().budget;
    let refuted = (p99 > budget).then(|| {
        (
            format!("p99 within the budget of {}", millis(budget)),
            millis(p99),
        )
    });
    verdict.add(Check::judged(
        Level::Should,
        format!("the slowest of {} is in the budget", times.len()),
        &[E5],
        refuted,
    ));
    let median = times
        .get(times.len() / 2)
        .copied()
        .unwrap_or(Duration::ZERO);
    verdict.note(format!(
        "median {}, slowest {} of {}",
        millis(median),
        millis(p99),
        times.len()
    ));
    Ok(verdict)
}
