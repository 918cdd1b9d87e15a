//! Receivers that the harness starts itself: child processes of the same executable, so that they
//! can die, be killed and be measured like anyone's.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::output::diagnostic;
use crate::error::HarnessError;
use crate::secret::Secret;
use crate::sender::Target;

/// How long a receiver may take to say that it listens.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Tells a child that its standard input stands for its parent's life.
const MARK: &str = "HAMSA_CHILD";

/// Where a child finds its secret: in its own folder, which nobody else may enter.
const SECRET_FILE: &str = "secret";

/// A receiver process. It ends with this value, and with this process however that ends: its
/// standard input is a pipe from here, and it stops when the pipe closes.
pub(super) struct ChildReceiver {
    _process: Child,
    scratch: tempfile::TempDir,
    pub(super) target: Target,
}

impl ChildReceiver {
    /// Starts `hamsa-harness ARGS` and waits for its `listening on URL` line.
    pub(super) async fn start(args: &[&str], secret: &Secret) -> Result<Self, HarnessError> {
        let failed =
            |why: String| HarnessError::Internal(format!("cannot start a receiver: {why}"));
        let scratch = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
        std::fs::write(scratch.path().join(SECRET_FILE), secret.expose())
            .map_err(|error| failed(error.to_string()))?;
        let executable = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(executable);
        // Settings that the user's environment holds for another receiver are not for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HAMSA_") {
                command.env_remove(name);
            }
        }
        let mut process = command
            .args(args)
            .args(["--auth-file", SECRET_FILE])
            .current_dir(scratch.path())
            .env("HAMSA_LOG", "error")
            .env(MARK, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let stdout = process
            .stdout
            .take()
            .ok_or_else(|| failed("it has no stdout".to_owned()))?;
        let mut line = String::new();
        let mut lines = BufReader::new(stdout);
        tokio::time::timeout(START_LIMIT, lines.read_line(&mut line))
            .await
            .map_err(|_| failed(format!("it did not listen within {START_LIMIT:?}")))?
            .map_err(|error| failed(error.to_string()))?;
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .ok_or_else(|| failed("it ended before it listened".to_owned()))?;
        let target = Target::parse(url).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            _process: process,
            scratch,
            target,
        })
    }

    /// The file with its secret, which it reads again when it changes.
    pub(super) fn secret_file(&self) -> PathBuf {
        self.scratch.path().join(SECRET_FILE)
    }
}

/// Resolves in a child when standard input closes, as it does when the parent has gone. Elsewhere
/// it never resolves: a receiver in the background often has no standard input at all.
pub(super) async fn parent_gone() {
    if std::env::var_os(MARK).is_none() {
        return std::future::pending().await;
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A thread of its own: tokio's stdin would keep the runtime from shutting down.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = sender.send(());
    });
    let _ = receiver.await;
}

/// The hidden command behind `run reference`.
pub(super) async fn serve_reference(args: &hamsa_reference_server::ReceiverArgs) -> u8 {
    tokio::select! {
        ended = hamsa_reference_server::run(args) => match ended {
            Ok(()) => 0,
            Err(error) => {
                diagnostic(&format!("error: {error}"));
                error.exit_code()
            }
        },
        () = parent_gone() => 0,
    }
}
