//! Runs the real binary against receivers in processes of their own, and reads its report back.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use hamsa_harness::report::Report;
use hamsa_harness::terms::{Conformance, RequirementId};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

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

/// What the receivers of these tests are configured with.
pub(crate) const SECRET: &str = "Bearer kX7/vQ+2mB9zR4tY8wL1nC6pD3sF5gH0jE==";

/// A receiver of the zoo in a process of its own, as a stranger's would be.
pub(crate) struct Stranger {
    _process: Child,
    pub(crate) url: String,
}

/// The receiver of this name, which holds [`SECRET`].
pub(crate) async fn stranger(name: &str) -> Stranger {
    stranger_with(name, SECRET).await
}

/// The receiver of this name, which holds this secret.
pub(crate) async fn stranger_with(name: &str, secret: &str) -> Stranger {
    let mut process = harness()
        .args(["zoo", "serve", "--mutant", name])
        .env("WEBHOOK_SECRET", secret)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = process.stdout.take().expect("a pipe");
    BufReader::new(stdout)
        .read_line(&mut line)
        .await
        .expect("a line");
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .expect("the ready line")
        .to_owned();
    Stranger {
        _process: process,
        url,
    }
}

/// The verdict on one requirement.
pub(crate) fn requirement(report: &Report, id: RequirementId) -> Conformance {
    report
        .requirements
        .iter()
        .find(|own| own.id == id)
        .expect("it is there")
        .verdict
}

/// A server that does one thing to every connection.
pub(crate) fn server(answer: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/webhook",
        listener.local_addr().expect("an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().take(10_000) {
            answer(&mut stream.expect("a connection"));
        }
    });
    url
}

/// Takes the request in, as far as it comes.
pub(crate) fn reads_a_request(stream: &mut std::net::TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
    let mut buffer = [0; 65_536];
    let _ = stream.read(&mut buffer);
}
