//! Runs the real binary and reads its report back.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use hamsa_harness::report::Report;
use tokio::process::Command;

/// No run may take longer than this.
const LIMIT: Duration = Duration::from_secs(120);

/// What a run left behind.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The JSON report, when one was written.
    pub(crate) report: Option<Report>,
    /// The same as text.
    pub(crate) json: String,
    pub(crate) junit: String,
}

/// The binary, with nothing of the caller's environment that it would read.
pub(crate) fn harness() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hamsa-harness"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("HAMSA_") || name == "WEBHOOK_SECRET" {
            command.env_remove(name);
        }
    }
    command
        .env("CI", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a command that writes no report.
pub(crate) async fn output(command: &mut Command) -> Output {
    tokio::time::timeout(LIMIT, command.output())
        .await
        .expect("it ends")
        .expect("it starts")
}

/// `hamsa-harness run ARGS` with a JSON and a JUnit report.
pub(crate) async fn run(args: &[&str], secret: Option<&str>) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    let [json, junit] = ["r.json", "r.xml"].map(|name| folder.path().join(name));
    let mut command = harness();
    command.arg("run").args(args);
    for (format, path) in [("json", &json), ("junit", &junit)] {
        command
            .arg("--report")
            .arg(format!("{format}={}", path.display()));
    }
    if let Some(secret) = secret {
        command.env("WEBHOOK_SECRET", secret);
    }
    let output = output(command.current_dir(folder.path())).await;
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    let json = read(&json);
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        report: serde_json::from_str(&json).ok(),
        json,
        junit: read(&junit),
    }
}
