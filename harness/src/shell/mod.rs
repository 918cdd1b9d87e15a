//! Shell commands of the user, each together with everything it starts: nothing of it stays behind.

mod group;

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

pub(crate) use group::{Group, Signal};

/// Bytes that are kept of what a command complains about.
const COMPLAINT: u64 = 4096;

/// A command that ran to its end.
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// What it printed.
    pub(crate) answer: Vec<u8>,
    /// The beginning of what it complained about.
    pub(crate) complaint: Vec<u8>,
}

/// Runs a command with these environment variables. When this future ends or is dropped, everything
/// that the command started is killed.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] when it prints more than `most` bytes; else what the system says.
pub(crate) async fn run(text: &str, variables: &[(&str, &str)], most: usize) -> io::Result<Ended> {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(text)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = Group::lead(&mut command).spawn()?;
    // Dropped before the child, whose id is its own until then.
    let mut group = Group::of(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let answer = async {
        let mut bytes = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(most as u64 + 1).read_to_end(&mut bytes).await?;
        }
        // Ends the others too: a command that prints without end has no end to wait for.
        match bytes.len() > most {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes),
        }
    };
    let complaint = async {
        match stderr {
            Some(stderr) => beginning(stderr).await,
            None => Ok(Vec::new()),
        }
    };
    let end = async {
        let status = child.wait().await?;
        // What stays in the background would hold the pipes open.
        group.kill();
        Ok(status)
    };
    let (answer, complaint, status) = tokio::try_join!(answer, complaint, end)?;
    Ok(Ended {
        status,
        answer,
        complaint,
    })
}

/// Reads to the end, so that the writer never waits, and keeps the beginning.
async fn beginning(mut pipe: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    (&mut pipe).take(COMPLAINT).read_to_end(&mut kept).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(kept)
}
