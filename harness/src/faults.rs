//! What a run has made to misbehave, until it is put right again.
//!
//! What has to be done in the end is noted before a fault begins, so that it is done also when a
//! case stops early, panics, or is cut off by an interruption.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hooks::{Hook, HookError, Rotation};
use crate::secret::Secret;
use crate::sender::TlsSetup;

/// How one fault is put right.
#[derive(Debug, Clone)]
pub enum Repair {
    /// By its hook.
    Hook(Hook),
    /// By giving the receiver its former secret again.
    Secret(Rotation, Secret),
}

/// The repairs that are still owed, in the order in which the faults began.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Repair>>);

impl Faults {
    /// Notes what has to be done in the end. To be called before the fault begins: one that begins
    /// by half has to be ended as well.
    pub fn owe(&self, repair: Repair) {
        self.owed().push(repair);
    }

    /// Does what is owed, the latest first. A repair that fails is not tried again.
    ///
    /// # Errors
    /// What the first one that failed said; the others are done all the same.
    pub async fn repair(&self, tls: &TlsSetup) -> Result<(), HookError> {
        let mut first = Ok(());
        loop {
            // Taken off only afterwards: an interruption may cut a repair off in its middle.
            let Some(repair) = self.owed().last().cloned() else {
                return first;
            };
            let done = match &repair {
                Repair::Hook(hook) => hook.run(tls).await,
                Repair::Secret(rotation, former) => rotation.rotate_to(former).await,
            };
            self.owed().pop();
            first = first.and(done);
        }
    }

    fn owed(&self) -> MutexGuard<'_, Vec<Repair>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender::TlsOptions;

    #[tokio::test]
    async fn every_repair_is_done_once_and_the_latest_first() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let writes =
            |word: &str| Repair::Hook(Hook::Command(format!("echo {word} >> {}", log.display())));
        let faults = Faults::default();
        faults.owe(writes("first"));
        faults.owe(Repair::Hook(Hook::Command("exit 7".to_owned())));
        faults.owe(writes("last"));
        let tls = TlsSetup::new(TlsOptions::default()).unwrap();
        let error = faults.repair(&tls).await.unwrap_err().to_string();
        assert!(error.contains("exit 7"), "{error}");
        assert_eq!(faults.repair(&tls).await, Ok(()));
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "last\nfirst\n");
    }
}
