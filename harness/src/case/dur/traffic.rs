//! Deliveries at a steady rate while something happens to the receiver's process.

use std::time::{Duration, Instant};

use crate::case::trial::{Delivery, Stop, Trial};
use crate::history::{Fate, History};
use crate::load::{LoadRun, Shot, open_loop};
use crate::process::{ProcessControl, ProcessError};
use crate::sender::Attempt;

/// What was sent, and what its sender knows.
pub(super) struct Traffic {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) history: History,
}

impl Traffic {
    /// Deliveries that had been acknowledged at that moment.
    pub(super) fn acked_before(&self, moment: Instant) -> usize {
        self.attempts
            .iter()
            .filter(|attempt| attempt.is_accepted())
            .filter_map(|attempt| attempt.timing.last_byte_read)
            .filter(|read| *read <= moment)
            .count()
    }

    /// Deliveries that had been acknowledged at that moment for no longer than this.
    pub(super) fn acked_within(&self, span: Duration, moment: Instant) -> usize {
        let since = moment.checked_sub(span).unwrap_or(moment);
        self.acked_before(moment) - self.acked_before(since)
    }

    /// Deliveries that were under way at that moment: sent, and not answered.
    pub(super) fn under_way(&self, moment: Instant) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(move |attempt| {
            let timing = &attempt.timing;
            timing.first_byte_written.is_some_and(|at| at <= moment)
                && timing.first_byte_read.is_none_or(|at| at > moment)
        })
    }
}

/// Sends `count` fresh events of all types at `rate` per second over kept connections, and does
/// something to the process meanwhile, `after` the first of them. Returns when both have ended.
pub(super) async fn traffic<T>(
    trial: &mut Trial,
    count: usize,
    rate: f64,
    after: Duration,
    act: impl Future<Output = Result<T, ProcessError>>,
) -> Result<(Traffic, T), Stop> {
    let mut deliveries = Vec::with_capacity(count);
    for event_type in trial.event_types().iter().cycle().take(count) {
        deliveries.push(trial.mint_event(event_type)?);
    }
    let requests = deliveries.iter().map(Delivery::request).collect();
    let connector = trial.scene().connector.clone();
    let acting = async {
        tokio::time::sleep(after).await;
        act.await
    };
    let (run, acted) = tokio::join!(open_loop(&connector, rate, requests), acting);
    let mut history = History::default();
    let attempts = noted(trial, run, &deliveries, &mut history);
    let traffic = Traffic {
        deliveries,
        attempts,
        history,
    };
    Ok((traffic, acted?))
}

/// Kills the receiver and starts it again; gives the moment of the kill.
pub(super) async fn restarted(process: &ProcessControl) -> Result<Instant, ProcessError> {
    let at = process.kill().await?;
    process.start().await?;
    Ok(at)
}

/// Sends deliveries again, byte for byte, at `rate` per second, until one is answered 429; that one
/// waits as long as it is asked to.
pub(super) async fn resend(
    trial: &mut Trial,
    deliveries: &[Delivery],
    rate: f64,
    history: &mut History,
) -> Result<Vec<Attempt>, Stop> {
    let again = |delivery: &Delivery| {
        let mut request = delivery.request();
        request.label = format!("the retry of {}", delivery.key.event_type);
        request
    };
    let requests = deliveries.iter().map(again).collect();
    let connector = trial.scene().connector.clone();
    let run = open_loop(&connector, rate, requests).await;
    let mut attempts = noted(trial, run, deliveries, history);
    for (attempt, delivery) in attempts.iter_mut().zip(deliveries) {
        if trial.scene().note_throttled(attempt) {
            *attempt = trial.deliver(delivery).await?;
            history.note(&delivery.key, Fate::of(attempt));
        }
    }
    Ok(attempts)
}

/// Keeps the attempts of a load run as evidence and in the history.
fn noted(
    trial: &mut Trial,
    run: LoadRun,
    deliveries: &[Delivery],
    history: &mut History,
) -> Vec<Attempt> {
    let shots = run.shots.into_iter().zip(deliveries);
    let note = |(shot, delivery): (Shot, &Delivery)| {
        let attempt = trial.record(shot.attempt);
        history.note(&delivery.key, Fate::of(&attempt));
        attempt
    };
    shots.map(note).collect()
}
