//! Faults around the receiver for the length of a part of a case.

use super::handle::{Stop, Trial};
use crate::error::HarnessError;
use crate::faults::Repair;
use crate::hooks::HookKind;

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
        self.scene.faults.owe(Repair::Hook(switch.off));
        let seen = match switch.on.run(&self.scene.connector.tls).await {
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
