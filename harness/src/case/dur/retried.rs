//! A sender that keeps trying while the receiver is away: killed, or halted.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Delivery, Stop, Trial};
use crate::history::{Fate, History};
use crate::sender::{Attempt, Connector, RetryPolicy, millis};
use crate::terms::EvidenceKind::{E1, E3, E4};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[DUR_06, DUR_08];

/// Events that are under way when the receiver goes, and as many that come while it is away.
const EVENTS: usize = 8;
/// How long the receiver is away at least: longer than the first wait of the sender.
const AWAY: Duration = Duration::from_millis(1500);
/// How long it is halted: longer than a sender waits for an answer.
const HALTED: Duration = Duration::from_secs(6);

const BACKING_OFF: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(5),
    waits: &[
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
    ],
};

/// Its second attempt is made while the receiver is still halted.
const IMPATIENT: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(5),
    waits: &[
        Duration::from_millis(500),
        Duration::from_secs(1),
        Duration::from_secs(2),
    ],
};

const DUR_06: Case = Case {
    id: "DUR-06",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Process,
    clauses: &["G-IDEM-01", "G-IDEM-03", "D-06"],
    evidence: &[E1, E3, E4],
    needs: &[Need::Process],
    title: "events retried over a restart are each taken once",
    doc: "Kills the process while events are under way and starts it again 1.5 s later; a sender repeats what was not taken after 1, 2 and 4 s.\n\
          Why: a crash in production lasts seconds, and the sender's schedule is what brings the events back.\n\
          Fix: come up able to answer at once, with the keys of what was taken before.",
    body: |trial| Box::pin(dur_06(trial)),
};

async fn dur_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let process = trial.process()?;
    let deliveries = minted(trial)?;
    let connector = trial.scene().connector.clone();
    let began = Instant::now();
    let restarting = async {
        sleep(Duration::from_millis(2)).await;
        process.kill().await?;
        sleep(AWAY).await;
        process.start().await?;
        Ok(began.elapsed())
    };
    let sending = delivered(&connector, &deliveries, BACKING_OFF);
    let (sent, up) = tokio::join!(sending, restarting);
    let up = up.map_err(Stop::Process)?;
    let (history, last) = noted(trial, &deliveries, sent);
    let last_attempt: Duration = BACKING_OFF.waits.iter().sum();
    let claim = "the last retry of every event is acknowledged";
    verdict.add(if up < last_attempt {
        acknowledged(trial, claim, &last)
    } else {
        let why = format!("the receiver was up only after {}", millis(up));
        Check::unclear(trial.level(), claim, &[E1, E4], why)
    });
    let claim = "each event has one effect after a restart and the sender's retries";
    trial.settle_history(&history, claim, &mut verdict).await;
    Ok(verdict)
}

const DUR_08: Case = Case {
    id: "DUR-08",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Process,
    clauses: &["G-IDEM-01", "G-IDEM-03", "G-IDEM-07"],
    evidence: &[E1, E3, E4],
    needs: &[Need::Process, Need::Signals],
    title: "events retried over a halt of six seconds are each taken once",
    doc: "Acknowledged events are still being worked on when SIGSTOP halts the process; others are sent while it is halted, time out after 5 s and are repeated; SIGCONT after 6 s lets it see all copies at once.\n\
          Why: a paused virtual machine, a long garbage collection or a full disk look like this.\n\
          Fix: claim the key atomically in the store; fence work by the lease's number, so that a worker who lost its lease cannot finish.",
    body: |trial| Box::pin(dur_08(trial)),
};

async fn dur_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let process = trial.process()?;
    let before = minted(trial)?;
    let during = minted(trial)?;
    let connector = trial.scene().connector.clone();
    let at_once = RetryPolicy {
        waits: &[],
        ..IMPATIENT
    };
    let acked = join_all(
        before
            .iter()
            .map(|delivery| sent(&connector, delivery, at_once, Duration::ZERO)),
    )
    .await;
    process.stop().await?;
    let halting = async {
        sleep(HALTED).await;
        process.resume().await
    };
    let (pending, resumed) = tokio::join!(delivered(&connector, &during, IMPATIENT), halting);
    resumed?;
    let (mut history, last) = noted(trial, &during, pending);
    let (earlier, _) = noted(trial, &before, acked);
    history.absorb(&earlier);
    let claim = "the last retry of every event is acknowledged";
    verdict.add(acknowledged(trial, claim, &last));
    let claim = "each event has one effect after a halt and the sender's retries";
    trial.settle_history(&history, claim, &mut verdict).await;
    Ok(verdict)
}

fn minted(trial: &mut Trial) -> Result<Vec<Delivery>, Stop> {
    let types = trial.event_types();
    let mut deliveries = Vec::with_capacity(2 * EVENTS);
    for event_type in types.iter().cycle().take(2 * EVENTS) {
        deliveries.push(trial.mint_event(event_type)?);
    }
    Ok(deliveries)
}

/// Delivers one half at once, and one by one what comes later.
async fn delivered(
    connector: &Connector,
    deliveries: &[Delivery],
    policy: RetryPolicy,
) -> Vec<Vec<Attempt>> {
    let sending = deliveries.iter().enumerate().map(|(index, delivery)| {
        let later = u32::try_from(index.saturating_sub(EVENTS - 1)).unwrap_or_default();
        sent(
            connector,
            delivery,
            policy,
            later * Duration::from_millis(20),
        )
    });
    join_all(sending).await
}

async fn sent(
    connector: &Connector,
    delivery: &Delivery,
    policy: RetryPolicy,
    after: Duration,
) -> Vec<Attempt> {
    sleep(after).await;
    connector.deliver(policy, &delivery.request()).await
}

/// Keeps all attempts; gives what is known of each delivery, and its last attempt.
fn noted(
    trial: &mut Trial,
    deliveries: &[Delivery],
    sent: Vec<Vec<Attempt>>,
) -> (History, Vec<Attempt>) {
    let mut history = History::default();
    let mut last = Vec::with_capacity(deliveries.len());
    for (attempts, delivery) in sent.into_iter().zip(deliveries) {
        let mut latest = None;
        for attempt in attempts {
            history.note(&delivery.key, Fate::of(&attempt));
            latest = Some(trial.record(attempt));
        }
        last.extend(latest);
    }
    (history, last)
}

fn acknowledged(trial: &Trial, claim: &str, last: &[Attempt]) -> Check {
    let mut others = last.iter().filter(|attempt| !attempt.is_accepted());
    let Some(first) = others.next() else {
        return Check::judged(trial.level(), claim, &[E1, E4], None);
    };
    let actual = format!(
        "{} of {} are not: {}",
        others.count() + 1,
        last.len(),
        first.describe()
    );
    let refuted = Some(("200 to every one".to_owned(), actual));
    Check::judged(trial.level(), claim, &[E1, E4], refuted).shown_by(first.number)
}
