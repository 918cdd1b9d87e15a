//! What to send: deliveries of fixtures under fresh keys.

use std::sync::Arc;

use hamsa_schemas::IdempotencyKey;
use serde_json::Value;

use super::handle::Trial;
use crate::error::HarnessError;
use crate::sender::Request;

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

impl Trial {
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

    /// The event types that preflight saw acknowledged in time. One that is always late or refused
    /// is judged by ACK-01 to ACK-07, and not again, at five seconds each, by every case.
    pub fn event_types(&self) -> Vec<String> {
        let usual = &self.scene.observed.usual_status;
        usual
            .iter()
            .map(|(event_type, _)| event_type.clone())
            .collect()
    }

    /// A type that is answered in time and leaves effects, `call.ended` before others; without such
    /// a type, one that is answered in time.
    pub fn effective_type(&self) -> String {
        let healthy = self.event_types();
        let leaves_effect = |event_type: &&String| self.scene.observed.leaves_effect(event_type);
        let last = healthy.iter().rev().find(leaves_effect).or(healthy.last());
        last.cloned().unwrap_or_else(|| "call.ended".to_owned())
    }

    /// The events of a whole call, in order, of the types of [`event_types`](Self::event_types).
    ///
    /// # Errors
    /// When there is no such fixture, which is a fault of ours.
    pub fn mint_call(&mut self, fixture: &str) -> Result<Vec<Delivery>, HarnessError> {
        let call_id = self.call_id();
        let payloads = &self.scene.payloads;
        let found = payloads.by_id(fixture).ok_or_else(|| no_fixture(fixture))?;
        let types = self.event_types();
        let events = payloads.mint_call(found, &call_id);
        Ok(events
            .into_iter()
            .filter(|event| types.contains(&event.key.event_type))
            .map(|event| Delivery {
                key: event.key,
                fixture: fixture.to_owned(),
                body: event.bytes,
            })
            .collect())
    }
}

fn no_fixture(id: &str) -> HarnessError {
    HarnessError::Internal(format!("there is no fixture `{id}`"))
}
