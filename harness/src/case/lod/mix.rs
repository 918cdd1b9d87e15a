//! A stream of requests of several kinds on one schedule.

use std::time::Duration;

use crate::case::trial::{Delivery, Stop, Trial};
use crate::load::{Connections, Due, LoadRun, Sample, Shot};
use crate::sender::{Credential, Request};

/// What a request of a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first delivery of an event.
    Valid,
    /// Another delivery of an event of the same stream.
    Copy,
    /// A delivery with a wrong token.
    Stranger,
    /// A delivery with the valid token whose body is cut off.
    Malformed,
}

/// One request of a stream.
pub(super) struct Item {
    pub(super) kind: Kind,
    pub(super) delivery: Delivery,
    at: Duration,
}

/// A stream before it is sent.
#[derive(Default)]
pub(super) struct Mix(Vec<Item>);

impl Mix {
    /// Adds a request that is due at this time.
    pub(super) fn add(&mut self, kind: Kind, delivery: Delivery, at: Duration) {
        self.0.push(Item { kind, delivery, at });
    }

    /// Distinct ordinary events of all types at a constant rate for so long.
    pub(super) fn steady(trial: &mut Trial, rate: f64, over: Duration) -> Result<Self, Stop> {
        let mut mix = Self::default();
        let count = (rate * over.as_secs_f64()).ceil() as usize;
        let types = trial.event_types();
        for (index, event_type) in types.iter().cycle().take(count).enumerate() {
            mix.add(
                Kind::Valid,
                trial.mint_event(event_type)?,
                place(index, rate),
            );
        }
        Ok(mix)
    }

    /// Sends the stream.
    pub(super) async fn run(mut self, trial: &mut Trial, connections: Connections) -> Ran {
        // A stable sort: what is due at the same time goes out in the order it was added.
        self.0.sort_by_key(|item| item.at);
        let wrong_token = Credential::from(&trial.near_misses().wrong_token);
        let schedule = self.0.iter().map(|item| Due {
            at: item.at,
            request: item.request(&wrong_token),
        });
        let run = trial.load(schedule.collect(), connections).await;
        Ran { items: self.0, run }
    }
}

/// When the request of this place is due at a constant rate.
pub(super) fn place(index: usize, rate: f64) -> Duration {
    Duration::from_secs_f64(index as f64 / rate)
}

impl Item {
    fn request(&self, wrong_token: &Credential) -> Request {
        let mut request = self.delivery.request();
        match self.kind {
            Kind::Valid => {}
            Kind::Copy => request.label = format!("a copy of {}", request.label),
            Kind::Stranger => {
                request.label = "a delivery with a wrong token".to_owned();
                request.credential = wrong_token.clone();
            }
            Kind::Malformed => {
                request.label = "a delivery cut off in its middle".to_owned();
                request.body = self.delivery.body[..self.delivery.body.len() / 2].into();
            }
        }
        request
    }
}

/// A stream that has been sent.
pub(super) struct Ran {
    items: Vec<Item>,
    pub(super) run: LoadRun,
}

impl Ran {
    /// A stream as if it had been sent.
    #[cfg(test)]
    pub(super) fn of(mix: Mix, run: LoadRun) -> Self {
        Self { items: mix.0, run }
    }

    /// What was sent and what came of it. What was not sent is not there.
    pub(super) fn sent(&self) -> impl Iterator<Item = (&Item, &Shot)> {
        self.items.iter().zip(&self.run.shots)
    }

    /// How many requests the stream was to have.
    pub(super) fn planned(&self) -> usize {
        self.items.len()
    }

    /// Requests per second that the schedule asked for.
    pub(super) fn planned_rate(&self) -> f64 {
        let last = self.items.last().map_or(Duration::ZERO, |item| item.at);
        let intervals = self.items.len().saturating_sub(1).max(1);
        intervals as f64 / last.as_secs_f64().max(1e-3)
    }

    /// Something measured on the requests of a kind.
    pub(super) fn sample(&self, kind: Kind, of: impl Fn(&Shot) -> Option<Duration>) -> Sample {
        self.sent()
            .filter(|(item, _)| item.kind == kind)
            .filter_map(|(_, shot)| of(shot))
            .collect()
    }
}
