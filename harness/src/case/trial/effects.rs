//! What is expected of each key, and what was seen.

use super::handle::Trial;
use super::minting::Delivery;
use crate::ledger::{Account, Effect, Expected};
use crate::probe::{ProbeError, Scope, Settled, settle};
use crate::sender::Attempt;

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

impl Trial {
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

    pub(super) fn prefix(&self) -> String {
        format!("{}{}-", self.scene.prefix(), self.case.slug())
    }
}
