//! Many kills, because one rarely falls into the moment that matters.

use std::time::{Duration, Instant};

use super::traffic::{resend, restarted, traffic};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::history::History;
use crate::sender::millis;
use crate::terms::EvidenceKind::{E3, E4, E5};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[DUR_04, DUR_12];

/// Kills of DUR-04, and the most it makes to hit every window.
const KILLS: usize = 20;
const MOST_KILLS: usize = 60;
/// Events of a round, and how many a second.
const EVENTS: usize = 16;
const RATE: f64 = 1000.0;
/// Effects that come after the answer mostly come within this.
const AFTER_ANSWER: Duration = Duration::from_millis(5);
/// Rounds of DUR-12.
const ROUNDS: usize = 20;
/// A receiver that starts slowly gets fewer rounds.
const LONGEST: Duration = Duration::from_secs(20);

const DUR_04: Case = Case {
    id: "DUR-04",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Process,
    clauses: &["G-IDEM-01", "G-IDEM-03", "D-06"],
    evidence: &[E3, E4, E5],
    needs: &[Need::Process],
    title: "twenty kills at random moments lose and double nothing",
    doc: "Kills the process at a random moment of a burst, starts it again, twenty times, and counts the effects of each acknowledged key; then sends every event once more and counts again.\n\
          Why: what goes wrong in a gap of a millisecond is not seen by one kill, and some damage shows only at the second start.\n\
          Fix: one transaction for key and work; nothing that a start cleans up may still be needed.",
    body: |trial| Box::pin(dur_04(trial)),
};

async fn dur_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let process = trial.process()?;
    let began = Instant::now();
    let mut history = History::default();
    let mut deliveries = Vec::new();
    let usual = usual_answer(trial, &mut history, &mut deliveries).await?;
    let (mut kills, mut unanswered, mut answered) = (0, 0, 0);
    while kills < KILLS || (kills < MOST_KILLS && (unanswered == 0 || answered == 0)) {
        if began.elapsed() > LONGEST {
            break;
        }
        let span = Duration::from_secs_f64(EVENTS as f64 / RATE);
        // From the first delivery to a little after the last answer.
        let after = (span + usual).mul_f64(1.1 * trial.rng().f64());
        let (round, killed) = traffic(trial, EVENTS, RATE, after, restarted(&process)).await?;
        kills += 1;
        unanswered += usize::from(round.under_way(killed).next().is_some());
        answered += usize::from(round.acked_within(AFTER_ANSWER, killed) > 0);
        history.absorb(&round.history);
        deliveries.extend(round.deliveries);
    }
    verdict.note(format!(
        "{kills} kills, seed {}: {unanswered} between a delivery and its answer, {answered} within \
         {} after an answer; {}",
        trial.scene().seed,
        millis(AFTER_ANSWER),
        history.describe()
    ));
    for (claim, hits) in [
        ("a kill fell between a delivery and its answer", unanswered),
        ("a kill fell right after an answer", answered),
    ] {
        verdict.add(match hits {
            0 => Check::unclear(trial.level(), claim, &[E4], format!("none of {kills} did")),
            _ => Check::judged(trial.level(), claim, &[E4, E5], None),
        });
    }
    let claim = "each acknowledged event has one effect after many kills";
    trial.settle_history(&history, claim, &mut verdict).await;
    if verdict.checks.iter().any(Check::is_refuted) {
        return Ok(verdict);
    }
    resend(trial, &deliveries, RATE, &mut history).await?;
    let claim = "each event has one effect after many kills and a retry";
    trial.settle_history(&history, claim, &mut verdict).await;
    Ok(verdict)
}

/// The longest that an answer takes when nothing happens to the receiver.
async fn usual_answer(
    trial: &mut Trial,
    history: &mut History,
    deliveries: &mut Vec<Delivery>,
) -> Result<Duration, Stop> {
    let mut longest = Duration::ZERO;
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let label = "an event before the first kill";
        let attempt = trial.attempt_delivery(&delivery, label, history).await;
        longest = longest.max(attempt.timing.acknowledgement().unwrap_or_default());
        deliveries.push(delivery);
    }
    Ok(longest)
}

const DUR_12: Case = Case {
    id: "DUR-12",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Process,
    clauses: &["D-06", "G-ACK-10"],
    evidence: &[E3, E4, E5],
    needs: &[Need::Process],
    title: "no acknowledgement runs ahead of the write",
    doc: "Delivers one event, kills the process 0 to 5 ms after the answer, starts it again; twenty times, each with a fresh event. None is sent again.\n\
          Why: an answer that leaves before the write has returned is a promise that a crash breaks.\n\
          Fix: answer in the continuation of the commit, not beside it; a buffer that is flushed later is not a store.",
    body: |trial| Box::pin(dur_12(trial)),
};

async fn dur_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let process = trial.process()?;
    let began = Instant::now();
    let mut history = History::default();
    let (mut rounds, mut hits) = (0, 0);
    while rounds < ROUNDS && began.elapsed() < LONGEST {
        let delivery = trial.mint_effective()?;
        let label = "an event shortly before a kill";
        let attempt = trial.attempt_delivery(&delivery, label, &mut history).await;
        let pause = Duration::from_millis(trial.rng().u64(0..=5));
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let killed = restarted(&process).await?;
        rounds += 1;
        let gap = attempt
            .timing
            .last_byte_read
            .map(|read| killed.saturating_duration_since(read));
        hits += usize::from(attempt.is_accepted() && gap.is_some_and(|gap| gap < 2 * AFTER_ANSWER));
    }
    let claim = "kills fell within 10 ms after an acknowledgement";
    verdict.add(match hits {
        0 => Check::unclear(trial.level(), claim, &[E4], format!("none of {rounds} did")),
        _ => Check::judged(trial.level(), claim, &[E4, E5], None),
    });
    let claim =
        "each acknowledged event has its effect, however soon after the answer the kill came";
    trial.settle_history(&history, claim, &mut verdict).await;
    // With nothing lost in n kills, a share above this would have shown with 95 % likelihood.
    let bound = 1.0 - 0.05_f64.powf(1.0 / hits.max(1) as f64);
    verdict.note(format!(
        "{hits} of {rounds} kills fell within 10 ms after an acknowledgement, seed {}; when none of \
         those events is lost, at most {:.0} % are (95 % confidence)",
        trial.scene().seed,
        bound * 100.0
    ));
    Ok(verdict)
}
