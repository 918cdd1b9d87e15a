//! The commands beside `run`: `list`, `explain` and `doctor`.

use crate::support::{harness, output};

#[tokio::test]
async fn list_and_explain_agree_with_the_registry() {
    let listed = output(harness().args(["list", "--json"])).await;
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(cases.len(), hamsa_harness::case::registry::all().len());
    for id in ["IDM-04", "idm-04", "R2", "G-IDEM-07"] {
        let explained = output(harness().args(["explain", id])).await;
        assert_eq!(explained.status.code(), Some(0), "{id}");
    }
    let reason = output(harness().args(["explain", "G-INIT-01"])).await;
    assert!(String::from_utf8_lossy(&reason.stdout).contains("No case: "));
    let unknown = output(harness().args(["explain", "IDM-4"])).await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("IDM-04"));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_walks_the_entries_and_names_the_next_command() {
    let ended = output(harness().args(["doctor", "reference"])).await;
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    for entry in [
        "Nothing is received",
        "401",
        "taken twice",
        "null or missing",
        "Arrays",
    ] {
        assert!(said.contains(entry), "{entry}: {said}");
    }
    assert!(
        said.trim_end()
            .lines()
            .last()
            .expect("a line")
            .contains("hamsa-harness run reference")
    );
}
