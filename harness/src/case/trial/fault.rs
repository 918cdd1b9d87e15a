//! Faults around the receiver for the length of a part of a case.

use std::sync::Arc;

use super::handle::{Stop, Trial};
use crate::error::HarnessError;
use crate::faults::Repair;
use crate::hooks::{HookError, HookKind};
use crate::sender::Credential;

impl Trial {
    /// Does something while something around the receiver misbehaves, and ends that, whatever came
    /// of it. For cases that run [`Disturbing`](crate::case::Schedule::Disturbing) and need the
    /// hook.
    ///
    /// # Errors
    /// [`Stop::Hook`] when the fault could not be begun or ended, which says nothing about the
    /// receiver; else what `during` ended with.
    pub async fn with_fault<T>(
        &mut self,
        kind: HookKind,
        during: impl AsyncFnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let Some(switch) = self.scene.hooks.switch(kind).cloned() else {
            let why = format!("a case uses {kind:?} without needing it");
            return Err(HarnessError::Internal(why).into());
        };
        let scene = Arc::clone(&self.scene);
        let begin = switch.on.run(&scene.connector.tls);
        self.between(Repair::Hook(switch.off), begin, during).await
    }

    /// Does something while another secret has taken the place of the receiver's own, and gives
    /// that one back, whatever came of it. For cases that run
    /// [`Disturbing`](crate::case::Schedule::Disturbing) and need the hook.
    ///
    /// # Errors
    /// As [`with_fault`](Self::with_fault).
    pub async fn with_next_secret<T>(
        &mut self,
        during: impl AsyncFnOnce(&mut Self, Credential) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let rotation = self.scene.hooks.rotation.clone();
        let (Some(rotation), Some(former)) = (rotation, self.scene.connector.secret.clone()) else {
            let why = "a case rotates secrets without needing a secret and the hook".to_owned();
            return Err(HarnessError::Internal(why).into());
        };
        let next = former.successor();
        let credential = Credential::Given {
            expression: "the next secret".to_owned(),
            value: next.expose().as_bytes().to_vec(),
        };
        let repair = Repair::Secret(rotation.clone(), former);
        let during = async |trial: &mut Self| during(trial, credential).await;
        self.between(repair, rotation.rotate_to(&next), during)
            .await
    }

    async fn between<T>(
        &mut self,
        repair: Repair,
        begin: impl Future<Output = Result<(), HookError>>,
        during: impl AsyncFnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.scene.faults.owe(repair);
        let seen = match begin.await {
            Ok(()) => during(self).await,
            Err(error) => Err(Stop::Hook(error)),
        };
        let ended = self.scene.faults.repair(&self.scene.connector.tls).await;
        ended.map_err(Stop::Hook).and(seen)
    }

    /// Notes that nobody listens any more although the fault has ended.
    pub fn note_gone(&self) {
        self.scene.note_down(self.case.id);
    }
}
