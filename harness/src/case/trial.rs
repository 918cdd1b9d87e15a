//! The only handle a case's body gets: mint, deliver, note what is expected, settle.
//!
//! Attempts are recorded as they happen, so a body cannot forget its evidence.

use std::sync::Arc;

use hamsa_fixtures::{NearMiss, near_miss};
use hamsa_schemas::{EVENT_TYPES, IdempotencyKey};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::declaration::Case;
use crate::error::HarnessError;
use crate::ledger::{Account, Effect, Expected, Ledger};
use crate::probe::{ProbeError, Scope, Settled, settle};
use crate::scene::Scene;
use crate::sender::{Attempt, Connection, Credential, Released, Request, release_together};
use crate::terms::EvidenceKind::E1;
use crate::terms::Level;
use crate::verdict::Check;

/// Why a body ends early. None of these is the receiver's promise broken.
#[derive(Debug)]
pub enum Stop {
    /// Our own failure.
    Harness(HarnessError),
    /// The receiver cannot be reached any more.
    Gone(String),
}

impl From<HarnessError> for Stop {
    fn from(error: HarnessError) -> Self {
        Self::Harness(error)
    }
}

/// One event to be brought to the receiver.
#[derive(Clone)]
pub struct Delivery {
    /// Its idempotency key.
    pub key: IdempotencyKey,
    /// The fixture it was made from.
    pub fixture: String,
    /// The body.
    pub body: Arc<[u8]>,
}

impl Delivery {
    /// The body as JSON.
    ///
    /// # Errors
    /// When the body is none, which is a fault of ours.
    pub fn value(&self) -> Result<Value, HarnessError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| HarnessError::Internal(format!("{}: {error}", self.fixture)))
    }

    /// The same event with other bytes.
    #[must_use]
    pub fn with_body(&self, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            body: body.into(),
            ..self.clone()
        }
    }

    /// A request that delivers it.
    pub fn request(&self) -> Request {
        let mut request = Request::post(self.key.event_type.clone(), Arc::clone(&self.body));
        request.fixture = Some(self.fixture.clone());
        request
    }
}

/// What was seen of a trial's effects.
#[derive(Debug, Clone)]
pub enum Effects {
    /// All of them, by key.
    Seen(Account),
    /// Only how many, and how many there may be.
    Counted {
        /// How many the probe counted.
        count: u64,
        /// How many there have to be.
        least: u64,
        /// How many there may be, if that is bounded.
        most: Option<u64>,
    },
    /// They were still changing when patience ended.
    Restless,
    /// The probe failed.
    Unreadable(ProbeError),
    /// There is no usable probe; the text says what would help.
    Unseen(String),
}

/// What stays of a trial after its body has ended.
pub(crate) struct Trace {
    /// Every attempt, in the order they ended.
    pub(crate) attempts: Vec<Attempt>,
    /// What is expected of each key.
    pub(crate) ledger: Ledger,
    /// The effects that the verdict was made from.
    pub(crate) effects: Vec<Effect>,
}

/// One execution of a case.
pub struct Trial {
    scene: Arc<Scene>,
    case: &'static Case,
    rng: fastrand::Rng,
    minted: u64,
    trace: Trace,
    slot: Option<OwnedSemaphorePermit>,
    sent: Option<oneshot::Sender<()>>,
}

impl Trial {
    pub(crate) fn new(
        scene: Arc<Scene>,
        case: &'static Case,
        slot: Option<OwnedSemaphorePermit>,
        sent: oneshot::Sender<()>,
    ) -> Self {
        // Each case draws from its own sequence, so a filter does not change the others' stimuli.
        let own = case.id.bytes().fold(scene.seed, |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        let trace = Trace {
            attempts: Vec::new(),
            ledger: Ledger::default(),
            effects: Vec::new(),
        };
        Self {
            scene,
            case,
            rng: fastrand::Rng::with_seed(own),
            minted: 0,
            trace,
            slot,
            sent: Some(sent),
        }
    }

    /// What the run knows.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The random sequence of this case; the seed decides it.
    pub fn rng(&mut self) -> &mut fastrand::Rng {
        &mut self.rng
    }

    /// The credentials that are almost right.
    pub fn near_misses(&self) -> near_miss::Family {
        let secret = self.scene.connector.secret.as_ref();
        near_miss::family(
            secret.map_or("Bearer none", |secret| secret.expose()),
            self.scene.seed,
        )
    }

    // ---- what to send ----

    /// A call id of this case's own.
    pub fn call_id(&mut self) -> String {
        self.minted += 1;
        format!("{}{}", self.prefix(), self.minted)
    }

    /// A timestamp of this case's own.
    pub fn timestamp(&mut self) -> String {
        self.minted += 1;
        self.scene.timestamp(self.minted)
    }

    /// A delivery of this fixture under a fresh key.
    ///
    /// # Errors
    /// When there is no such fixture, which is a fault of ours.
    pub fn mint(&mut self, fixture: &str) -> Result<Delivery, HarnessError> {
        let (call_id, timestamp) = (self.call_id(), self.timestamp());
        self.mint_as(fixture, &call_id, &timestamp)
    }

    /// A delivery of this fixture under a key of the case's choice.
    ///
    /// # Errors
    /// When there is no such fixture, which is a fault of ours.
    pub fn mint_as(
        &mut self,
        fixture: &str,
        call_id: &str,
        timestamp: &str,
    ) -> Result<Delivery, HarnessError> {
        let payloads = &self.scene.payloads;
        let found = payloads.by_id(fixture).ok_or_else(|| no_fixture(fixture))?;
        let payload = payloads.mint(found, call_id, timestamp);
        Ok(Delivery {
            key: payload.key,
            fixture: fixture.to_owned(),
            body: payload.bytes,
        })
    }

    /// An ordinary event of this type under a fresh key.
    ///
    /// # Errors
    /// When there is no fixture of this type, which is a fault of ours.
    pub fn mint_event(&mut self, event_type: &str) -> Result<Delivery, HarnessError> {
        let fixture = self.scene.payloads.typical(event_type);
        self.mint(&fixture)
    }

    /// An ordinary event of a type that leaves effects, `call.ended` before others.
    ///
    /// # Errors
    /// When there is no fixture of this type, which is a fault of ours.
    pub fn mint_effective(&mut self) -> Result<Delivery, HarnessError> {
        let event_type = self.effective_type();
        self.mint_event(&event_type)
    }

    /// A type that leaves effects, `call.ended` before others.
    pub fn effective_type(&self) -> String {
        let observed = &self.scene.observed;
        EVENT_TYPES
            .iter()
            .rev()
            .find(|event_type| observed.leaves_effect(event_type))
            .map_or_else(
                || "call.ended".to_owned(),
                |event_type| (*event_type).to_owned(),
            )
    }

    /// The events of a whole call, in order.
    ///
    /// # Errors
    /// When there is no such fixture, which is a fault of ours.
    pub fn mint_call(&mut self, fixture: &str) -> Result<Vec<Delivery>, HarnessError> {
        let call_id = self.call_id();
        let payloads = &self.scene.payloads;
        let found = payloads.by_id(fixture).ok_or_else(|| no_fixture(fixture))?;
        let events = payloads.mint_call(found, &call_id);
        Ok(events
            .into_iter()
            .map(|event| Delivery {
                key: event.key,
                fixture: fixture.to_owned(),
                body: event.bytes,
            })
            .collect())
    }

    // ---- sending ----

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
        let is_valid = matches!(request.credential, Credential::Valid);
        loop {
            self.scene.throttle.pause().await;
            let attempt = self.scene.connector.attempt(request.clone()).await;
            if is_valid && self.is_throttled(&attempt) {
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
            return Ok(self.record(attempt));
        }
    }

    /// True when what this case has sent is the likely reason that nobody listens any more: the
    /// last attempt got no answer, or the case is hostile and runs alone.
    fn may_have_ended_it(&self) -> bool {
        self.trace.attempts.last().is_some_and(|last| {
            self.case.schedule == super::declaration::Schedule::Hostile
                || super::expect::dropped(last)
        })
    }

    /// A connection that the case keeps.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn open(&mut self) -> Result<Connection, Stop> {
        self.scene
            .connector
            .open()
            .await
            .map_err(|why| Stop::Gone(why.describe()))
    }

    /// One attempt on a kept connection.
    pub async fn send_on(&mut self, connection: &mut Connection, request: Request) -> Attempt {
        let attempt = self.scene.connector.attempt_on(connection, request).await;
        self.record(attempt)
    }

    /// Requests on new connections, released at the same moment.
    pub async fn release(&mut self, requests: Vec<Request>) -> Released {
        self.scene.throttle.pause().await;
        let mut released = release_together(&self.scene.connector, requests).await;
        for attempt in &mut released.attempts {
            self.is_throttled(attempt);
            *attempt = self.record(attempt.clone());
        }
        released
    }

    /// True when a valid delivery got a 429 that should be waited out and sent again.
    pub fn is_throttled(&self, attempt: &Attempt) -> bool {
        self.scene.is_throttled(attempt)
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
                return Ok(Check::judged(
                    Level::Must,
                    claim,
                    &[E1],
                    Some((expected, why)),
                ));
            }
            Err(Stop::Harness(error)) => return Err(error.into()),
        };
        let mut check = super::expect::acknowledged(&self.scene, &delivery, &attempt);
        if attempt.answer().is_none() {
            self.scene.note_down(self.case.id);
        } else {
            self.expect_once(&delivery);
        }
        check.claim = claim;
        Ok(check)
    }

    // ---- what is expected, and what was seen ----

    /// Notes that the delivery has to have exactly one effect, where its type leaves effects.
    pub fn expect_once(&mut self, delivery: &Delivery) {
        let expected = if self.scene.observed.leaves_effect(&delivery.key.event_type) {
            Expected::Once
        } else {
            Expected::AtMostOnce
        };
        self.expect(delivery, expected);
    }

    /// Notes that the delivery has to have its effect if it was acknowledged: an event that is
    /// acknowledged and dropped is lost, because nobody sends it again.
    pub fn expect_if_acknowledged(&mut self, delivery: &Delivery, attempt: &Attempt) {
        if attempt.is_accepted() {
            self.expect_once(delivery);
        } else {
            self.expect(delivery, Expected::AtMostOnce);
        }
    }

    /// Notes what the delivery has to lead to.
    pub fn expect(&mut self, delivery: &Delivery, expected: Expected) {
        self.trace.ledger.expect(delivery.key.clone(), expected);
    }

    /// Waits until effects have settled. The last thing a body does before it judges: other cases
    /// may send from here on.
    pub async fn settle(&mut self) -> Effects {
        self.end_sending();
        let Some(probe) = &self.scene.probe else {
            return Effects::Unseen(self.scene.blindness.clone());
        };
        let scope = Scope {
            prefix: self.prefix(),
            call_ids: self.trace.ledger.call_ids(),
        };
        let ledger = &self.trace.ledger;
        match settle(probe, &scope, ledger, self.scene.observed.patience).await {
            Ok(Settled::Records(effects)) => {
                let account = ledger.account(&effects);
                self.trace.effects = effects;
                Effects::Seen(account)
            }
            Ok(Settled::Count(count)) => Effects::Counted {
                count,
                least: ledger.expected_effects() as u64,
                most: ledger.allowed_effects().map(|most| most as u64),
            },
            Ok(Settled::Restless) => Effects::Restless,
            Err(error) => Effects::Unreadable(error),
        }
    }

    /// The effects that [`settle`](Self::settle) saw.
    pub fn effects(&self) -> &[Effect] {
        &self.trace.effects
    }

    /// Lets other cases send. Idempotent.
    pub fn end_sending(&mut self) {
        self.slot = None;
        if let Some(sent) = self.sent.take() {
            // Nobody waiting is no fault.
            let _ = sent.send(());
        }
    }

    pub(crate) fn into_trace(mut self) -> Trace {
        self.end_sending();
        self.trace
    }

    fn prefix(&self) -> String {
        format!("{}{}-", self.scene.prefix(), self.case.slug())
    }
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

fn no_fixture(id: &str) -> HarnessError {
    HarnessError::Internal(format!("there is no fixture `{id}`"))
}
