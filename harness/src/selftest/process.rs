//! One run: a child process of the harness, as a stranger would start it, bounded in time.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::schedule::PlannedRun;
use super::sighting::Sighting;
use super::subject::Subject;
use crate::report::Report;

/// How long a child that was told to end may take to do so.
const FAREWELL: Duration = Duration::from_secs(5);

/// The program under test, and how long each of its runs may take.
#[derive(Debug, Clone)]
pub struct Harness {
    /// The executable.
    pub executable: PathBuf,
    /// The limit of one run.
    pub limit: Duration,
}

impl Harness {
    /// Runs the harness on a subject. Nothing when `stop` came first.
    pub(super) async fn run(
        &self,
        run: &PlannedRun,
        subject: &Subject,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<Sighting> {
        let broken = |why: String| Some(Sighting::broken(run.subject, run.pass, why));
        let scratch = match tempfile::tempdir() {
            Ok(scratch) => scratch,
            Err(error) => return broken(format!("no folder for its report: {error}")),
        };
        let path = scratch.path().join("report.json");
        let mut command = Command::new(&self.executable);
        // What the environment holds is for the user's receiver.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("HAMSA_") || text == "WEBHOOK_SECRET" {
                command.env_remove(&name);
            }
        }
        let started = command
            .arg("run")
            .args(run.args(subject))
            .args(["--report", &format!("json={}", path.display())])
            .current_dir(scratch.path())
            .env("CI", "1")
            .env_remove("GITHUB_STEP_SUMMARY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => return broken(format!("did not start: {error}")),
        };
        let ended = tokio::select! {
            ended = child.wait() => ended,
            () = tokio::time::sleep(self.limit) => {
                end(&mut child).await;
                return broken(format!("took longer than {} s", self.limit.as_secs()));
            }
            () = stopped(stop) => {
                end(&mut child).await;
                return None;
            }
        };
        let code = match ended.map(|status| status.code()) {
            // An interruption from the terminal may reach the child before it reaches us.
            Ok(Some(130 | 143)) => return None,
            Ok(Some(code)) => code,
            Ok(None) => return broken("was killed".to_owned()),
            Err(error) => return broken(error.to_string()),
        };
        let report = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Report>(&bytes).ok());
        match report {
            Some(report) => Some(Sighting::of(run.subject, run.pass, code, &report)),
            None => broken(format!("exit {code} without a report")),
        }
    }
}

/// Resolves when the runs are to end. A sender that has gone will not say so any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Asks the child to end, so that it takes its receiver along, and insists when it does not.
async fn end(child: &mut Child) {
    let id = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    if tokio::time::timeout(FAREWELL, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}
