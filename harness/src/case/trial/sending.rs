//! Sending: attempts, recorded as they happen.

use std::time::Duration;

use hamsa_fixtures::NearMiss;

use super::handle::{Stop, Trial};
use super::minting::Delivery;
use crate::case::declaration::Schedule;
use crate::case::expect;
use crate::ledger::Expected;
use crate::load::open_loop;
use crate::sender::{
    Attempt, Connection, Connector, Credential, Http2, NoAnswer, Released, Request,
    release_together,
};
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId};
use crate::verdict::Check;

/// Events of a crowd that are under way together, and how many a second at most.
const CROWD: usize = 200;
const CROWD_RATE: f64 = 4000.0;

impl Trial {
    /// One attempt with the valid credential on a new connection. A 429 is waited out.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn deliver(&mut self, delivery: &Delivery) -> Result<Attempt, Stop> {
        self.send(delivery.request()).await
    }

    /// One attempt on a new connection.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn send(&mut self, request: Request) -> Result<Attempt, Stop> {
        let is_valid = has_valid_credential(&request);
        loop {
            if self.scene.down_after().is_some() {
                return Err(Stop::Gone("it has stopped answering".to_owned()));
            }
            self.scene.throttle.pause().await;
            let attempt = self.scene.connector.attempt(request.clone()).await;
            if is_valid && self.scene.note_throttled(&attempt) {
                continue;
            }
            if attempt.never_connected() {
                let why = attempt.describe();
                if self.may_have_ended_it() {
                    self.scene.note_down(self.case.id);
                }
                self.record(attempt);
                return Err(Stop::Gone(why));
            }
            let attempt = self.record(attempt);
            let was_answered = !expect::dropped(&attempt);
            if is_valid && self.scene.pulse.note(was_answered) && !self.is_anybody_there().await? {
                self.scene.note_down(self.case.id);
                return Err(Stop::Gone(
                    "three valid events in a row got no answer".to_owned(),
                ));
            }
            return Ok(attempt);
        }
    }

    /// One attempt another way than the run's own: by one address, say, or in another TLS session.
    /// That it fails says nothing about whether the receiver still serves. A 429 to the valid
    /// credential is waited out.
    pub async fn send_through(&mut self, connector: &Connector, request: Request) -> Attempt {
        loop {
            self.scene.throttle.pause().await;
            let attempt = connector.attempt(request.clone()).await;
            if has_valid_credential(&request) && self.scene.note_throttled(&attempt) {
                continue;
            }
            return self.record(attempt);
        }
    }

    async fn is_anybody_there(&mut self) -> Result<bool, Stop> {
        Ok(self.plain_event().await?.answer().is_some())
    }

    /// Sends one plain event of a type that was answered before.
    async fn plain_event(&mut self) -> Result<Attempt, Stop> {
        let delivery = self.mint_effective()?;
        let mut request = delivery.request();
        request.label = "a plain event, to see whether anybody still answers".to_owned();
        let attempt = self.scene.connector.attempt(request).await;
        self.expect(&delivery, Expected::AtMostOnce);
        Ok(self.record(attempt))
    }

    /// True when what this case has sent is the likely reason that nobody listens any more: the
    /// last attempt got no answer, or the case is hostile and runs alone.
    fn may_have_ended_it(&self) -> bool {
        self.trace
            .attempts
            .last()
            .is_some_and(|last| self.case.schedule == Schedule::Hostile || expect::dropped(last))
    }

    /// A connection that the case keeps.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn open(&mut self) -> Result<Connection, Stop> {
        let opened = self.scene.connector.open().await;
        opened.map_err(|why| {
            if self.may_have_ended_it() {
                self.scene.note_down(self.case.id);
            }
            Stop::Gone(why.describe())
        })
    }

    /// One attempt on a kept connection.
    pub async fn send_on(&mut self, connection: &mut Connection, request: Request) -> Attempt {
        let attempt = self.scene.connector.attempt_on(connection, request).await;
        self.record(attempt)
    }

    /// Requests in one write on a kept connection; the answers in order.
    pub async fn pipeline(
        &mut self,
        connection: &mut Connection,
        requests: Vec<Request>,
    ) -> Vec<Attempt> {
        let attempts = self.scene.connector.pipeline(connection, requests).await;
        attempts
            .into_iter()
            .map(|attempt| self.record(attempt))
            .collect()
    }

    /// An HTTP/2 connection that the case keeps.
    ///
    /// # Errors
    /// [`Stop::NotApplicable`] when the receiver offers none, [`Stop::Gone`] when it cannot be
    /// connected to.
    pub async fn open_http2(&mut self) -> Result<Http2, Stop> {
        let opened = self.scene.connector.open_http2().await;
        opened.map_err(|why| match why {
            NoAnswer::NotHttp(why) => {
                Stop::NotApplicable(format!("the receiver offers no HTTP/2: {why}"))
            }
            other => Stop::Gone(other.describe()),
        })
    }

    /// Requests on one HTTP/2 connection, released at the same moment.
    pub async fn release_on(&mut self, connection: &mut Http2, requests: Vec<Request>) -> Released {
        self.scene.throttle.pause().await;
        let mut released = connection.release(requests).await;
        for attempt in &mut released.attempts {
            self.scene.note_throttled(attempt);
            *attempt = self.record(attempt.clone());
        }
        released
    }

    /// Requests on new connections, released at the same moment.
    pub async fn release(&mut self, requests: Vec<Request>) -> Released {
        self.scene.throttle.pause().await;
        let mut released = release_together(&self.scene.connector, requests).await;
        for attempt in &mut released.attempts {
            if matches!(attempt.request.credential, Credential::Valid) {
                self.scene.note_throttled(attempt);
            }
            *attempt = self.record(attempt.clone());
        }
        released
    }

    /// Keeps an attempt as evidence and numbers it.
    pub fn record(&mut self, mut attempt: Attempt) -> Attempt {
        attempt.number = self.trace.attempts.len();
        self.trace.attempts.push(attempt.clone());
        attempt
    }

    /// Delivers up to `most` ordinary events over kept connections as fast as they are answered, for
    /// at most `longest`; gives how many. They are a background, not evidence: nothing is recorded
    /// of them.
    ///
    /// # Errors
    /// When no event can be minted, which is a fault of ours.
    pub async fn crowd(&mut self, most: usize, longest: Duration) -> Result<usize, Stop> {
        let until = tokio::time::Instant::now() + longest;
        let mut sent = 0;
        while sent < most && tokio::time::Instant::now() < until {
            let batch = (most - sent).min(CROWD);
            let mut requests = Vec::with_capacity(batch);
            for _ in 0..batch {
                let event_type = self.effective_type();
                let fixture = self.scene.payloads.typical(&event_type);
                // Outside the prefix of the run: a probe need not read thousands of effects that
                // nobody accounts for.
                self.minted += 1;
                let call_id = format!("hc-{}b-{}", self.scene.run_id, self.minted);
                let timestamp = self.scene.timestamp(self.minted);
                requests.push(self.mint_as(&fixture, &call_id, &timestamp)?.request());
            }
            let run = open_loop(&self.scene.connector, CROWD_RATE, requests).await;
            sent += run
                .shots
                .iter()
                .filter(|shot| shot.attempt.is_accepted())
                .count();
            if run.shots.iter().any(|shot| !shot.attempt.is_accepted()) {
                break;
            }
        }
        Ok(sent)
    }

    /// After a hostile stimulus: one valid fresh event has to be acknowledged and take effect.
    ///
    /// # Errors
    /// When the event cannot be minted, which is a fault of ours.
    pub async fn control(&mut self, after: &str) -> Result<Check, Stop> {
        let delivery = self.mint_effective()?;
        let claim = format!("a valid event is still acknowledged after {after}");
        let attempt = match self.deliver(&delivery).await {
            Ok(attempt) => attempt,
            Err(Stop::Gone(why)) => {
                self.scene.note_down(self.case.id);
                let expected = "the receiver keeps serving".to_owned();
                return Ok(
                    Check::judged(Level::Must, claim, &[E1], Some((expected, why)))
                        .filed_under(RequirementId::Rb),
                );
            }
            Err(stop @ (Stop::Harness(_) | Stop::NotApplicable(_))) => return Err(stop),
        };
        let mut check = expect::acknowledged(&self.scene, &delivery, &attempt);
        self.expect_if_acknowledged(&delivery, &attempt);
        // One event that goes wrong is R1's matter. Only when the next one does as well has the
        // stimulus left its mark.
        if check.is_refuted() && self.is_serving().await? {
            return Ok(check);
        }
        if check.is_refuted() {
            self.scene.note_down(self.case.id);
        }
        check.claim = claim;
        Ok(check.filed_under(RequirementId::Rb))
    }

    /// Delivers one more plain event.
    async fn is_serving(&mut self) -> Result<bool, Stop> {
        let attempt = self.plain_event().await?;
        Ok(matches!(attempt.status(), Some(200..=399)))
    }
}

/// A second Authorization header makes it another request than the sender's.
fn has_valid_credential(request: &Request) -> bool {
    matches!(request.credential, Credential::Valid)
        && !request
            .headers
            .iter()
            .any(|(name, _)| *name == "Authorization")
}

/// The credential of a near miss.
impl From<&NearMiss> for Credential {
    fn from(near_miss: &NearMiss) -> Self {
        match &near_miss.value {
            None => Self::Absent,
            Some(value) => Self::Given {
                expression: near_miss.expression.clone(),
                value: value.clone(),
            },
        }
    }
}
