//! A signal in the middle of a run leaves a valid partial report.

use hamsa_harness::report::Report;
use hamsa_harness::terms::{Conformance, RequirementId};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{SECRET, harness, requirement, stranger};

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_a_valid_partial_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let mut child = harness()
        .args(["run", "reference", "--report"])
        .arg(format!("json={}", path.display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // In the middle: something was judged, and something was not.
    while let Some(line) = lines.next_line().await.expect("readable") {
        if line.contains(" ACK-01 ") {
            break;
        }
    }
    let pid = child.id().expect("it runs").to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .expect("kill");
    assert!(killed.success());
    let status = child.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(130));
    let value: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a report")).expect("JSON");
    let violations = hamsa_schemas::validate(hamsa_schemas::SchemaId::Report, &value);
    assert!(violations.is_empty(), "{violations:?}");
    assert_eq!(
        (&value["partial"], &value["interrupted"]),
        (&true.into(), &"interrupted".into())
    );
    // What was cut off was not proved.
    let report: Report = serde_json::from_value(value).expect("a report");
    assert_eq!(
        requirement(&report, RequirementId::Rb),
        Conformance::Unverified
    );
    assert_eq!(
        requirement(&report, RequirementId::R1),
        Conformance::Unverified
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_during_preflight_leaves_a_report_too() {
    let silent = stranger("never-answers").await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let mut child = harness()
        .args(["run", &silent.url, "--report"])
        .arg(format!("json={}", path.display()))
        .env("WEBHOOK_SECRET", SECRET)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // P1 is told; P2 waits for a receiver that never answers.
    lines.next_line().await.expect("readable").expect("a line");
    let pid = child.id().expect("it runs").to_string();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status()
        .expect("kill");
    assert!(killed.success());
    assert_eq!(child.wait().await.expect("it ends").code(), Some(143));
    let text = std::fs::read_to_string(&path).expect("a report");
    let report: Report = serde_json::from_str(&text).expect("JSON");
    assert!(report.partial && report.exit_code == 143);
}
