//! A receiver that is asked to end, as every deployment does.

use std::time::Duration;

use super::traffic::traffic;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::history::Fate;
use crate::process::Exit;
use crate::sender::{Attempt, Pacing, millis};
use crate::terms::EvidenceKind::{E1, E3, E4};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[DUR_05];

const EVENTS: usize = 300;
const RATE: f64 = 300.0;
/// When SIGTERM goes out.
const ASKED: Duration = Duration::from_millis(500);
/// How long a receiver may take to end.
const LIMIT: Duration = Duration::from_secs(30);
/// Requests whose body is under way when SIGTERM comes.
const HALF_SENT: usize = 8;

const DUR_05: Case = Case {
    id: "DUR-05",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Process,
    clauses: &["D-06", "G-ACK-10"],
    evidence: &[E1, E3, E4],
    needs: &[Need::Process, Need::Signals],
    title: "SIGTERM under traffic cuts nothing off and loses nothing",
    doc: "Sends events at a steady rate, some of them slowly, sends SIGTERM in the middle, waits for the end, starts the receiver again, counts effects.\n\
          Why: every deployment and every scale-down ends a process this way; what it cuts off is sent again, what it drops is lost.\n\
          Fix: on SIGTERM stop accepting, answer what is under way, write or keep what was acknowledged, then exit.",
    body: |trial| Box::pin(dur_05(trial)),
};

async fn dur_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let process = trial.process()?;
    let mut slow = Vec::with_capacity(HALF_SENT);
    for _ in 0..HALF_SENT {
        slow.push(trial.mint_effective()?);
    }
    let connector = trial.scene().connector.clone();
    let half_sent = futures_util::future::join_all(slow.iter().map(|delivery| async {
        let mut request = delivery.request();
        request.label = "an event whose body is under way when SIGTERM comes".to_owned();
        request.pacing = Pacing::Spread {
            pieces: 5,
            over: 2 * ASKED - ASKED / 2,
        };
        connector.attempt(request).await
    }));
    let ending = async {
        let exit = process.terminate(LIMIT).await?;
        process.start().await?;
        Ok(exit)
    };
    let (ended, half_sent) = tokio::join!(traffic(trial, EVENTS, RATE, ASKED, ending), half_sent);
    let (traffic, exit) = ended?;
    let mut history = traffic.history;
    let mut attempts = Vec::with_capacity(HALF_SENT);
    for (attempt, delivery) in half_sent.into_iter().zip(&slow) {
        history.note(&delivery.key, Fate::of(&attempt));
        attempts.push(trial.record(attempt));
    }
    verdict.add(ends_in_time(trial, &exit));
    verdict.add(answered(trial, &slow, &attempts));
    let claim = "each acknowledged event has one effect after SIGTERM and restart";
    trial.settle_history(&history, claim, &mut verdict).await;
    Ok(verdict)
}

fn ends_in_time(trial: &Trial, exit: &Exit) -> Check {
    let expected = format!("its end within {}", millis(LIMIT));
    let refuted = match exit {
        Exit::After(..) => None,
        Exit::Never(limit) => Some((expected, format!("none within {}", millis(*limit)))),
    };
    trial.shown_by_process("the receiver ends when it is asked to", refuted)
}

/// Any answer will do: it tells the sender what to do next.
fn answered(trial: &Trial, slow: &[Delivery], attempts: &[Attempt]) -> Check {
    let mut cut_off = attempts.iter().filter(|attempt| attempt.answer().is_none());
    let claim = "requests that were under way at SIGTERM are answered";
    match cut_off.next() {
        None => Check::judged(trial.level(), claim, &[E1, E4], None),
        Some(first) => {
            let expected = format!("an answer to each of {}", slow.len());
            let actual = format!("{} were cut off: {}", cut_off.count() + 1, first.describe());
            let refuted = Some((expected, actual));
            Check::judged(trial.level(), claim, &[E1, E4], refuted).shown_by(first.number)
        }
    }
}
