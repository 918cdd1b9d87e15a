//! Ending and starting the receiver's process, and what its sender knows afterwards.

use super::effects::Effects;
use super::handle::{Stop, Trial};
use super::minting::Delivery;
use crate::case::expect;
use crate::history::{Fate, History};
use crate::ledger::Expected;
use crate::probe::Probe;
use crate::process::ProcessControl;
use crate::sender::{Attempt, Request};
use crate::terms::EvidenceKind::{E3, E4};
use crate::terms::{EvidenceSet, Level};
use crate::verdict::{Check, Verdict};

/// Why some probes prove nothing here.
const BLIND: &str = "the probe keeps what it once saw and cannot tell what the receiver has kept: \
                     use `http:` or `cmd:`";

impl Trial {
    /// What this case weighs for this receiver.
    pub fn level(&self) -> Level {
        self.case.level_when(self.scene.durable)
    }

    /// The receiver's process. A case that uses it declares the need.
    ///
    /// # Errors
    /// When there is no control over it.
    pub fn process(&self) -> Result<ProcessControl, Stop> {
        let none = || Stop::Gone("the receiver's process cannot be controlled".to_owned());
        self.scene.process.clone().ok_or_else(none)
    }

    /// One attempt on a new connection, whatever comes of it: a receiver that was just killed
    /// owes nobody an answer.
    pub async fn attempt(&mut self, request: Request) -> Attempt {
        let attempt = self.scene.connector.attempt(request).await;
        self.record(attempt)
    }

    /// One attempt for a delivery, entered in the history.
    pub async fn attempt_delivery(
        &mut self,
        delivery: &Delivery,
        label: &str,
        history: &mut History,
    ) -> Attempt {
        let mut request = delivery.request();
        request.label = format!("{label}, {}", delivery.key.event_type);
        let attempt = self.attempt(request).await;
        history.note(&delivery.key, Fate::of(&attempt));
        attempt
    }

    /// Settles, and judges the effects by what became of each delivery: acked means one effect,
    /// unknown at most one, refused none.
    pub async fn settle_history(
        &mut self,
        history: &History,
        claim: &str,
        verdict: &mut Verdict,
    ) -> Effects {
        for (key, fate) in history.fates() {
            let expected = match fate.expected() {
                Expected::Once if !self.scene.observed.leaves_effect(&key.event_type) => {
                    Expected::AtMostOnce
                }
                expected => expected,
            };
            self.trace.ledger.expect(key.clone(), expected);
        }
        let reads_the_store = |probe: &Probe| probe.reads_the_store();
        let effects = match self.scene.probe.as_ref().is_none_or(reads_the_store) {
            true => self.settle().await,
            false => Effects::Unseen(BLIND.to_owned()),
        };
        let mut check = expect::effects(&effects, self.level(), claim);
        check.evidence = EvidenceSet::of(&[E3, E4]);
        verdict.add(check);
        let recovered = history.recovered(self.effects());
        verdict.note(format!(
            "{}; {recovered} of the unknown ones had been taken",
            history.describe()
        ));
        effects
    }

    /// A claim that process control alone shows.
    pub fn shown_by_process(&self, claim: &str, refuted: Option<(String, String)>) -> Check {
        Check::judged(self.level(), claim, &[E4], refuted)
    }
}
