//! `cmd:` probe: a shell command that prints effects.
//!
//! The command learns what is asked from the environment variable `CALL_PREFIX`, which holds only
//! `[a-z0-9-]`: hostile call ids never reach a shell or a query.

#[cfg(test)]
mod tests;

use std::io::ErrorKind;

use tokio::sync::Semaphore;

use super::answer::{Limits, Reading, start_of};
use super::spec::{ProbeError, Scope, SpecError};
use crate::shell;

/// Shells that run at once; a probe must not be the load.
const COMMANDS_AT_ONCE: usize = 4;
/// Characters of a complaint that are shown.
const SHOWN: usize = 200;

/// Reads effects from a command's standard output.
pub struct CommandProbe {
    command: String,
    slots: Semaphore,
    limits: Limits,
}

impl CommandProbe {
    pub(super) fn parse(command: &str) -> Result<Self, SpecError> {
        Self::limited(command, Limits::USUAL)
    }

    fn limited(command: &str, limits: Limits) -> Result<Self, SpecError> {
        if command.trim().is_empty() {
            return Err(SpecError::EmptyCommand);
        }
        Ok(Self {
            command: command.to_owned(),
            slots: Semaphore::new(COMMANDS_AT_ONCE),
            limits,
        })
    }

    pub(super) async fn read(&self, scope: &Scope) -> Result<Reading, ProbeError> {
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|error| ProbeError::Command(error.to_string()))?;
        let time = self.limits.time;
        let variables = [("CALL_PREFIX", scope.prefix.as_str())];
        let running = shell::run(&self.command, &variables, self.limits.bytes());
        let ended = tokio::time::timeout(time, running)
            .await
            .map_err(|_| ProbeError::Command(format!("no end after {time:?}")))?
            .map_err(|error| match error.kind() {
                ErrorKind::FileTooLarge => self.limits.exceeded(),
                _ => ProbeError::Command(error.to_string()),
            })?;
        if !ended.status.success() {
            let said = start_of(&String::from_utf8_lossy(&ended.complaint), SHOWN);
            return Err(ProbeError::Command(format!("{}: {said}", ended.status)));
        }
        Reading::parse(&String::from_utf8_lossy(&ended.answer), None)
    }
}
