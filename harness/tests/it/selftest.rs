//! `selftest` as a command: what it writes, and how it ends when cut off.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::support::{harness, output};

#[tokio::test(flavor = "multi_thread")]
async fn it_writes_the_matrix_and_says_what_it_is_worth() {
    let folder = tempfile::tempdir().expect("a folder");
    let [page, json] = ["m.md", "m.json"].map(|name| folder.path().join(name));
    let ended = output(
        harness()
            .args(["selftest", "--repeat", "2", "--only", "dedup-409"])
            .arg("--markdown")
            .arg(&page)
            .arg("--json")
            .arg(&json),
    )
    .await;
    let stdout = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains("every mutant is killed"), "{stdout}");
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("| `dedup-409` |"), "{page}");
    let json = std::fs::read(json).expect("a document");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(json["totals"]["killed"], 1);
    assert_eq!(json["mutants"][0]["runs"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_without_a_match_are_an_error() {
    let ended = output(harness().args(["selftest", "--only", "no-such-*"])).await;
    assert_eq!(ended.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_keeps_what_was_seen_and_proves_nothing() {
    let mut child = harness()
        .args(["selftest", "--jobs", "1", "--repeat", "500"])
        .args(["--only", "dedup-409", "plain"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // In the middle: some runs have ended, and many have not.
    let line = lines.next_line().await.expect("readable").expect("a line");
    assert!(line.contains(" of 1000 "), "{line}");
    let id = child.id().expect("it runs").to_string();
    let told = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .expect("kill");
    assert!(told.success());
    let ended = child.wait_with_output().await.expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    let stdout = String::from_utf8_lossy(&ended.stdout);
    assert!(stdout.contains("interrupted before the end"), "{stdout}");
    assert!(stdout.contains("the harness is not proved"), "{stdout}");
}
