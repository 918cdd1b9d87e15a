//! Load: many deliveries on a schedule, and events that are only there to keep a receiver busy.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::handle::{Stop, Trial};
use crate::load::{Connections, Due, LoadRun, SlowHeads, at_rate, on_schedule};
use crate::sender::{Attempt, Credential, NoAnswer, Request};

/// Events of a crowd that are under way together, and how many a second at most.
const CROWD: usize = 200;
const CROWD_RATE: f64 = 4000.0;

impl Trial {
    /// This many requests per second, or as many as `--max-rate` allows.
    pub fn rate(&self, wanted: f64) -> f64 {
        self.scene.max_rate.map_or(wanted, |most| wanted.min(most))
    }

    /// Sends each request when it is due, and records every attempt.
    ///
    /// A receiver may close a kept connection whenever it likes. A valid delivery that went into
    /// such a close is sent once more over a new connection, as any sender does.
    pub async fn load(&mut self, schedule: Vec<Due>, connections: Connections) -> LoadRun {
        self.scene.throttle.pause().await;
        let mut run = on_schedule(&self.scene.connector, schedule, connections).await;
        self.scene.punctuality.note(&run);
        let connector = &self.scene.connector;
        let met_a_close: Vec<_> = run
            .shots
            .iter_mut()
            .filter(|shot| met_a_close(&shot.attempt))
            .collect();
        run.stale_connections += met_a_close.len();
        join_all(met_a_close.into_iter().map(|shot| async {
            shot.attempt = connector.attempt(shot.attempt.request.clone()).await;
        }))
        .await;
        for shot in &mut run.shots {
            if is_valid(&shot.attempt) {
                self.scene.note_throttled(&shot.attempt);
            }
            shot.attempt = self.record(shot.attempt.clone());
        }
        run
    }

    /// Ordinary events at this rate for so long. They are a background: nothing is recorded of
    /// those that are accepted, and nobody accounts for their effects.
    ///
    /// # Errors
    /// When no event can be minted, which is a fault of ours.
    pub async fn background(&mut self, rate: f64, over: Duration) -> Result<LoadRun, Stop> {
        self.scene.throttle.pause().await;
        let count = (rate * over.as_secs_f64()).ceil() as usize;
        let requests = (0..count)
            .map(|_| self.background_request())
            .collect::<Result<_, _>>()?;
        let schedule = at_rate(rate, requests);
        let run = on_schedule(&self.scene.connector, schedule, Connections::Kept).await;
        self.scene.punctuality.note(&run);
        for shot in run.shots.iter().filter(|shot| !shot.attempt.is_accepted()) {
            self.scene.note_throttled(&shot.attempt);
            self.record(shot.attempt.clone());
        }
        Ok(run)
    }

    /// Delivers up to `most` ordinary events over kept connections as fast as they are answered, for
    /// at most `longest`; gives how many. They are a background, not evidence: nothing is recorded
    /// of them.
    ///
    /// # Errors
    /// When no event can be minted, which is a fault of ours.
    pub async fn crowd(&mut self, most: usize, longest: Duration) -> Result<usize, Stop> {
        let until = Instant::now() + longest;
        let rate = self.rate(CROWD_RATE);
        let mut sent = 0;
        while sent < most && Instant::now() < until {
            let batch = (most - sent).min(CROWD).min(rate.ceil() as usize);
            let requests = (0..batch)
                .map(|_| self.background_request())
                .collect::<Result<_, _>>()?;
            let schedule = at_rate(rate, requests);
            let run = on_schedule(&self.scene.connector, schedule, Connections::Kept).await;
            let accepted = run.shots.iter().filter(|shot| shot.attempt.is_accepted());
            let accepted = accepted.count();
            sent += accepted;
            if accepted < batch {
                break;
            }
        }
        Ok(sent)
    }

    /// Connections that each send the head of a request byte by byte and never end it.
    pub async fn slow_heads(&self, count: usize, pause: Duration) -> SlowHeads {
        SlowHeads::open(&self.scene.connector, count, pause).await
    }

    /// An event outside the prefix of the run: a probe need not read thousands of effects that
    /// nobody accounts for.
    fn background_request(&mut self) -> Result<Request, Stop> {
        let event_type = self.effective_type();
        let fixture = self.scene.payloads.typical(&event_type);
        self.minted += 1;
        let call_id = format!("{}{}", self.scene.background_prefix(), self.minted);
        let timestamp = self.scene.timestamp(self.minted);
        Ok(self.mint_as(&fixture, &call_id, &timestamp)?.request())
    }
}

fn is_valid(attempt: &Attempt) -> bool {
    matches!(attempt.request.credential, Credential::Valid)
}

/// True when a kept connection turned out to be closed, so that the receiver may never have seen
/// the request.
fn met_a_close(attempt: &Attempt) -> bool {
    let was_kept = attempt.timing.connect.is_zero();
    let is_close = matches!(
        attempt.no_answer(),
        Some(NoAnswer::Closed | NoAnswer::Broken(_))
    );
    is_valid(attempt) && was_kept && is_close
}
