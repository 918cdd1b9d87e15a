//! A user's command that is run to its end, such as `docker kill receiver`.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::error::ProcessError;
use super::tail::Tail;
use crate::shell::Group;

/// How long output may still be on its way after the command has ended.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// Runs a shell command. What it starts in the background stays, as that may be the receiver; a
/// command that fails or does not end is killed with everything it started.
pub(super) async fn run(
    what: &'static str,
    line: &str,
    limit: Duration,
) -> Result<(), ProcessError> {
    let failed = |why: String, tail: &Tail| ProcessError::CommandFailed {
        what,
        why,
        tail: tail.as_ending(),
    };
    let tail = Tail::default();
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(line)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = Group::lead(&mut command)
        .spawn()
        .map_err(|error| failed(error.to_string(), &tail))?;
    let mut group = Group::of(&child);
    if let Some(stdout) = child.stdout.take() {
        tail.follow(stdout);
    }
    if let Some(stderr) = child.stderr.take() {
        tail.follow(stderr);
    }
    let ended = tokio::time::timeout(limit, child.wait()).await;
    let why = match ended {
        Ok(Ok(status)) if status.success() => {
            group.release();
            return Ok(());
        }
        Ok(Ok(status)) => status.to_string(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no end after {limit:?}"),
    };
    tokio::time::sleep(LAST_WORDS).await;
    Err(failed(why, &tail))
}
