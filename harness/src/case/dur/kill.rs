//! One kill, and what is left of what was acknowledged.

use std::time::{Duration, Instant};

use super::traffic::{Traffic, resend, restarted, traffic};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::history::History;
use crate::sender::{Attempt, millis};
use crate::terms::EvidenceKind::{E1, E3, E4};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[DUR_01, DUR_02, DUR_03];

/// Events around a kill, and how many a second: enough that some are under way at any moment.
const EVENTS: usize = 200;
const RATE: f64 = 400.0;

const DUR_01: Case = Case {
    id: "DUR-01",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Process,
    clauses: &["D-06", "G-ACK-10"],
    evidence: &[E3, E4],
    needs: &[Need::Process],
    title: "what was acknowledged survives SIGKILL",
    doc: "Sends 200 events at a steady rate, kills the process in the middle, starts it again, and counts the effects of every acknowledged key.\n\
          Why: a 200 tells the sender to forget the event; what the receiver then loses, nobody sends again.\n\
          Fix: write the event to the store, and wait for the write, before the answer.",
    body: |trial| Box::pin(dur_01(trial)),
};

async fn dur_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let traffic = killed_in_the_middle(trial, &mut verdict).await?;
    let claim = "each acknowledged event has one effect after SIGKILL and restart";
    trial
        .settle_history(&traffic.history, claim, &mut verdict)
        .await;
    Ok(verdict)
}

const DUR_02: Case = Case {
    id: "DUR-02",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Process,
    clauses: &["G-IDEM-01", "G-IDEM-03", "G-IDEM-08", "D-06"],
    evidence: &[E1, E3, E4],
    needs: &[Need::Process],
    title: "after SIGKILL and the sender's retries every event has one effect",
    doc: "As DUR-01, then sends every event again, whatever became of it, and counts the effects of every key.\n\
          Why: a sender whose receiver died repeats what it got no answer for, and some of that had been taken.\n\
          Fix: store the key and the work in one transaction: a key without its effect loses the retry, an effect without its key doubles it.",
    body: |trial| Box::pin(dur_02(trial)),
};

async fn dur_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let traffic = killed_in_the_middle(trial, &mut verdict).await?;
    verdict.note(format!(
        "before the retries: {}",
        traffic.history.describe()
    ));
    let Traffic {
        deliveries,
        mut history,
        ..
    } = traffic;
    let retries = resend(trial, &deliveries, RATE, &mut history).await?;
    verdict.add_all(taken(trial, &deliveries, &retries));
    let claim = "each event has one effect after SIGKILL, restart and retry";
    trial.settle_history(&history, claim, &mut verdict).await;
    Ok(verdict)
}

/// Every retry is answered like any other delivery. One that is told to wait is LIM-01's matter.
fn taken(trial: &Trial, deliveries: &[Delivery], retries: &[Attempt]) -> Vec<Check> {
    let check = |(delivery, retry): (&Delivery, &Attempt)| Check {
        level: trial.level(),
        ..expect::taken(trial.scene(), delivery, retry)
    };
    let answered = |(_, retry): &(&Delivery, &Attempt)| retry.status() != Some(429);
    let pairs = deliveries.iter().zip(retries);
    pairs.filter(answered).map(check).collect()
}

/// Kills and restarts under traffic, at a moment of the middle that the seed decides.
async fn killed_in_the_middle(trial: &mut Trial, verdict: &mut Verdict) -> Result<Traffic, Stop> {
    let process = trial.process()?;
    let whole = EVENTS as f64 / RATE;
    let after = Duration::from_secs_f64(whole * (0.35 + 0.3 * trial.rng().f64()));
    let (traffic, killed) = traffic(trial, EVENTS, RATE, after, restarted(&process)).await?;
    note_kill(trial, verdict, &traffic, killed);
    Ok(traffic)
}

/// A kill that nothing was acknowledged before proves nothing.
fn note_kill(trial: &Trial, verdict: &mut Verdict, traffic: &Traffic, killed: Instant) {
    let acked = traffic.acked_before(killed);
    verdict.note(format!(
        "at the kill {acked} events had been acknowledged and {} were under way",
        traffic.under_way(killed).count()
    ));
    let claim = "events had been acknowledged when the process was killed";
    verdict.add(match acked {
        0 => Check::unclear(trial.level(), claim, &[E4], "none had been"),
        _ => trial.shown_by_process(claim, None),
    });
}

const DUR_03: Case = Case {
    id: "DUR-03",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Process,
    clauses: &["G-IDEM-01", "G-IDEM-04", "D-06"],
    evidence: &[E1, E3, E4],
    needs: &[Need::Process],
    title: "an event acknowledged just before SIGKILL is still known, and has one effect",
    doc: "For each event type: delivers an event, kills the process at once after the answer, starts it again, delivers the same bytes again.\n\
          Why: an answer may be lost on the way, so the sender repeats an event that the dead process had taken.\n\
          Fix: keep the keys where the effects are kept, and write both before the answer.",
    body: |trial| Box::pin(dur_03(trial)),
};

async fn dur_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let process = trial.process()?;
    let mut history = History::default();
    let mut longest = Duration::ZERO;
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let label = "an event just before the kill";
        let first = trial.attempt_delivery(&delivery, label, &mut history).await;
        let killed = process.kill().await?;
        if let Some(read) = first.timing.last_byte_read {
            longest = longest.max(killed.saturating_duration_since(read));
        }
        process.start().await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &first));
        let label = "the same event after the restart";
        let again = trial.attempt_delivery(&delivery, label, &mut history).await;
        verdict.add_all(taken(trial, &[delivery], &[again]));
    }
    verdict.note(format!(
        "killed at most {} after an answer",
        millis(longest)
    ));
    let claim = "each event has one effect when it comes again after SIGKILL";
    trial.settle_history(&history, claim, &mut verdict).await;
    Ok(verdict)
}
