//! `cmd:` probe: a shell command that prints effects.
//!
//! The command learns what is asked from the environment variable `CALL_PREFIX`, which holds only
//! `[a-z0-9-]`: hostile call ids never reach a shell or a query.

#[cfg(test)]
mod tests;

use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::answer::{Limits, Reading, start_of};
use super::spec::{ProbeError, Scope, SpecError};
use crate::process::Group;

/// Shells that run at once; a probe must not be the load.
const COMMANDS_AT_ONCE: usize = 4;
/// Bytes that are kept of what a command complains about.
const COMPLAINT: u64 = 4096;
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
        let (answer, complaint, status) = tokio::time::timeout(time, self.run(scope))
            .await
            .map_err(|_| ProbeError::Command(format!("no end after {time:?}")))??;
        if !status.success() {
            let said = start_of(&String::from_utf8_lossy(&complaint), SHOWN);
            return Err(ProbeError::Command(format!("{status}: {said}")));
        }
        Reading::parse(&String::from_utf8_lossy(&answer), None)
    }

    /// What the command printed, what it complained about, and how it ended. When this future
    /// ends or is dropped, everything that the command started is killed.
    async fn run(&self, scope: &Scope) -> Result<(Vec<u8>, Vec<u8>, ExitStatus), ProbeError> {
        let failed = |error: std::io::Error| ProbeError::Command(error.to_string());
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(&self.command)
            .env("CALL_PREFIX", &scope.prefix)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = Group::lead(&mut command).spawn().map_err(failed)?;
        // Dropped before the child, whose id is its own until then.
        let mut group = Group::of(&child);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let answer = async {
            let most = self.limits.bytes();
            let mut bytes = Vec::new();
            if let Some(stdout) = stdout {
                let mut limited = stdout.take(most as u64 + 1);
                limited.read_to_end(&mut bytes).await.map_err(failed)?;
            }
            match bytes.len() > most {
                true => Err(self.limits.exceeded()),
                false => Ok(bytes),
            }
        };
        let complaint = async {
            match stderr {
                Some(stderr) => beginning(stderr).await.map_err(failed),
                None => Ok(Vec::new()),
            }
        };
        let end = async {
            let status = child.wait().await.map_err(failed)?;
            // What stays in the background would hold the pipes open.
            group.kill();
            Ok(status)
        };
        tokio::try_join!(answer, complaint, end)
    }
}

/// Reads to the end, so that the writer never waits, and keeps the beginning.
async fn beginning(mut pipe: impl AsyncRead + Unpin) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    (&mut pipe).take(COMPLAINT).read_to_end(&mut kept).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(kept)
}
