//! Sending: attempts, recorded as they happen.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use hamsa_fixtures::NearMiss;

use super::handle::{Stop, Trial};
use super::minting::Delivery;
use crate::case::declaration::Schedule;
use crate::case::expect;
use crate::ledger::Expected;
use crate::sender::{
    Attempt, Connection, Connector, Credential, Http2, NoAnswer, Released, Request,
    release_together,
};
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId};
use crate::verdict::Check;

impl Trial {
    /// One attempt with the valid credential on a new connection. A 429 is waited out.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn deliver(&mut self, delivery: &Delivery) -> Result<Attempt, Stop> {
        self.send(delivery.request()).await
    }

    /// One attempt with the valid credential for each delivery, in their order, `width` of them under
    /// way at a time, each on a new connection. A 429 is waited out.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn deliver_all(
        &mut self,
        deliveries: &[Delivery],
        width: usize,
    ) -> Result<Vec<Attempt>, Stop> {
        let scene = Arc::clone(&self.scene);
        let requests: Vec<Request> = deliveries.iter().map(Delivery::request).collect();
        let mut under_way = stream::iter(requests)
            .map(|request| async {
                scene.throttle.pause().await;
                scene.connector.attempt(request).await
            })
            .buffered(width);
        let mut attempts = Vec::with_capacity(deliveries.len());
        while let Some(attempt) = under_way.next().await {
            attempts.push(match self.scene.note_throttled(&attempt) {
                true => self.send(attempt.request).await?,
                false => self.heard(attempt).await?,
            });
        }
        Ok(attempts)
    }

    /// One attempt on a new connection.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn send(&mut self, request: Request) -> Result<Attempt, Stop> {
        loop {
            if self.scene.down_after().is_some() {
                return Err(Stop::Gone("it has stopped answering".to_owned()));
            }
            self.scene.throttle.pause().await;
            let attempt = self.scene.connector.attempt(request.clone()).await;
            if has_valid_credential(&request) && self.scene.note_throttled(&attempt) {
                continue;
            }
            return self.heard(attempt).await;
        }
    }

    /// Records an attempt on a new connection, and looks whether the receiver is still there.
    async fn heard(&mut self, attempt: Attempt) -> Result<Attempt, Stop> {
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
        // Silence is to be expected while something around the receiver misbehaves.
        let is_disturbed = self.case.schedule == Schedule::Disturbing;
        if has_valid_credential(&attempt.request)
            && !is_disturbed
            && self.scene.pulse.note(was_answered)
            && !self.is_anybody_there().await?
        {
            self.scene.note_down(self.case.id);
            return Err(Stop::Gone(
                "three valid events in a row got no answer".to_owned(),
            ));
        }
        Ok(attempt)
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
        let is_hostile = self.case.schedule == Schedule::Hostile;
        self.case.schedule != Schedule::Disturbing
            && self
                .trace
                .attempts
                .last()
                .is_some_and(|last| is_hostile || expect::dropped(last))
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
            Err(stop) => return Err(stop),
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
