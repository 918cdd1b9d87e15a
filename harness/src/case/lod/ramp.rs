//! How much a receiver takes: the rate doubled until something gives.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::load::{Halt, LoadRun, Shot};
use crate::sender::millis;
use crate::terms::EvidenceKind::{E1, E2, E5};
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_08];

const FIRST: f64 = 50.0;
/// The ramp is for finding out what a receiver takes, not what the harness can send.
const CAP: f64 = 3200.0;
const STEP: Duration = Duration::from_secs(10);
/// Events that are not accepted, beyond which a step is bad.
const ERRORS: f64 = 0.01;
/// A step in which less of its rate went out says more of the harness.
const LEAST_SHARE: f64 = 0.9;

const LOD_08: Case = Case {
    id: "LOD-08",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::All,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06"],
    evidence: &[E1, E2, E5],
    needs: &[Need::Ownership],
    title: "the highest rate at which answers stay in the budget",
    doc: "Doubles the rate every ten seconds, from 50 a second to at most 3,200, until the corrected p99 leaves the budget or more than 1 % of events are not accepted.\n\
          Why: knowing the capacity tells how far a busy hour is from an outage.\n\
          Fix: see what the last step had too much of: processor, disk flushes, connections, a lock.",
    body: |trial| Box::pin(lod_08(trial)),
};

async fn lod_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let cap = trial.rate(CAP);
    let mut rate = FIRST.min(cap);
    let mut good = None;
    let reason = loop {
        let run = trial.background(rate, STEP).await?;
        let p99 = run.sample(Shot::corrected).quantile(0.99);
        let share = errors(&run);
        verdict.note(format!(
            "{rate:.0}/s: p99 {} from the intended time, {:.1} % not accepted",
            millis(p99),
            share * 100.0
        ));
        if let Some(reason) = stop(&run, rate, p99, share, trial.scene().budget) {
            break reason;
        }
        good = Some(rate);
        if rate >= cap {
            break "the highest rate of this case, or of --max-rate, was sustained".to_owned();
        }
        rate = (rate * 2.0).min(cap);
    };
    let capacity = good.map_or("none".to_owned(), |rate| format!("{rate:.0}/s"));
    verdict.note(format!(
        "last good rate: {capacity}; the ramp ended because {reason}"
    ));
    if let Some(rate) = good {
        verdict.figure("capacity", rate, "1/s");
        if let Ok(mut known) = trial.scene().capacity.lock() {
            *known = Some(rate);
        }
    }
    let refuted = good
        .is_none()
        .then(|| (format!("{FIRST:.0}/s sustained"), reason));
    let claim = "some rate is sustained within the budget";
    verdict.add(Check::judged(Level::Info, claim, &[E1, E2, E5], refuted));
    Ok(verdict)
}

fn errors(run: &LoadRun) -> f64 {
    let failed = run.shots.iter().filter(|shot| !shot.attempt.is_accepted());
    failed.count() as f64 / run.shots.len().max(1) as f64
}

/// Why the step was not good, if it was not. What the harness could not do comes first: then the
/// other numbers mean nothing.
fn stop(run: &LoadRun, rate: f64, p99: Duration, share: f64, budget: Duration) -> Option<String> {
    match run.halt {
        Some(Halt::Throttled) => return Some("the receiver answered 429".to_owned()),
        Some(Halt::TooManyWaiting) => {
            return Some("hundreds of requests had no answer yet".to_owned());
        }
        None => {}
    }
    let offered = run.offered_rate();
    if offered < rate * LEAST_SHARE {
        return Some(format!("the harness itself came to {offered:.0}/s"));
    }
    if share > ERRORS {
        return Some(format!(
            "{:.1} % of events were not accepted",
            share * 100.0
        ));
    }
    (p99 > budget).then(|| {
        format!(
            "p99 was {}, over the budget of {}",
            millis(p99),
            millis(budget)
        )
    })
}
