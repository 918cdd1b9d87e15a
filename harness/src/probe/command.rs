//! `cmd:` probe: a shell command that prints effects.
//!
//! The command learns what is asked from the environment variable `CALL_PREFIX`, which holds only
//! `[a-z0-9-]`: hostile call ids never reach a shell or a query.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::Semaphore;

use super::answer::Reading;
use super::spec::{ProbeError, Scope, SpecError};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Shells that run at once; a probe must not be the load.
const COMMANDS_AT_ONCE: usize = 4;

/// Reads effects from a command's standard output.
pub struct CommandProbe {
    command: String,
    slots: Semaphore,
}

impl CommandProbe {
    pub(super) fn parse(command: &str) -> Result<Self, SpecError> {
        if command.trim().is_empty() {
            return Err(SpecError::EmptyCommand);
        }
        Ok(Self {
            command: command.to_owned(),
            slots: Semaphore::new(COMMANDS_AT_ONCE),
        })
    }

    pub(super) async fn read(&self, scope: &Scope) -> Result<Reading, ProbeError> {
        let failed = |why: String| ProbeError::Command(why);
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|error| failed(error.to_string()))?;
        let run = Command::new("sh")
            .arg("-c")
            .arg(&self.command)
            .env("CALL_PREFIX", &scope.prefix)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(TIMEOUT, run)
            .await
            .map_err(|_| failed(format!("no end after {TIMEOUT:?}")))?
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said: String = said.trim().chars().take(200).collect();
            return Err(failed(format!("{}: {said}", output.status)));
        }
        Reading::parse(&String::from_utf8_lossy(&output.stdout), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(command: &str) -> Result<Reading, ProbeError> {
        let scope = Scope {
            prefix: "hc-1-".to_owned(),
            call_ids: vec![],
        };
        CommandProbe::parse(command).unwrap().read(&scope).await
    }

    #[tokio::test]
    async fn the_prefix_reaches_the_command() {
        let seen =
            read(r#"echo "{\"callId\":\"$CALL_PREFIX\",\"eventType\":\"e\",\"timestamp\":\"t\"}""#);
        assert!(matches!(seen.await, Ok(Reading::Records(e)) if e[0].call_id == "hc-1-"));
        assert_eq!(read("echo 3").await.unwrap(), Reading::Count(3));
    }

    #[tokio::test]
    async fn a_failing_command_says_why() {
        let error = read("echo broken >&2; exit 3")
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("broken") && error.contains('3'), "{error}");
        assert!(matches!(
            read("echo '<html>'").await,
            Err(ProbeError::Garbage(_))
        ));
    }
}
