//! Commands beside the receiver: dead letters, prune, forget, on the file of one that runs.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use hamsa_reference_server::store::{Conclusion, SqliteStore, Store, Task};
use hamsa_schemas::IdempotencyKey;
use serde_json::{Value, json};

use crate::child::{Process, command};
use crate::support::{deliver, effects, event, settled};

/// A store with one dead letter; the directory keeps it.
async fn store_with_a_dead_letter() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    let event = event("call.ended", "lost\ncall", "t");
    let key = IdempotencyKey::of(&event).unwrap();
    store.accept(key, event.to_string().into()).await.unwrap();
    let hold = Duration::from_secs(60);
    let lease = store.lease(Task::Handle, 1, hold).await.unwrap().remove(0);
    let dead = Conclusion::Dead {
        reason: "it was the night".to_owned(),
    };
    store.conclude(vec![(lease, dead)]).await.unwrap();
    store.close().await.unwrap();
    (dir, path)
}

fn run(store: &Path, arguments: &[&str]) -> (i32, String) {
    let store = format!("sqlite:{}", store.display());
    let Output {
        status,
        stdout,
        stderr,
    } = command(&[arguments, &["--store", &store]].concat())
        .output()
        .unwrap();
    let text = String::from_utf8([stdout, stderr].concat()).unwrap();
    (status.code().unwrap(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_listed_shown_and_retried_beside_a_running_receiver() {
    let (_dir, path) = store_with_a_dead_letter().await;
    let process = Process::start(&path);
    let (code, list) = run(&path, &["dead-letters", "list"]);
    assert_eq!(code, 0, "{list}");
    assert!(
        list.starts_with("1:handle  attempts 1  \"call.ended\" \"lost\\ncall\""),
        "{list}"
    );
    assert!(list.contains("it was the night"), "{list}");

    let (_, listed) = run(&path, &["dead-letters", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (&listed["id"], &listed["callId"]),
        (&json!("1:handle"), &json!("lost\ncall"))
    );
    let (_, shown) = run(&path, &["dead-letters", "show", "1:handle"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["event"], event("call.ended", "lost\ncall", "t"));

    let (code, text) = run(&path, &["dead-letters", "retry", "1:handle"]);
    assert_eq!((code, text.as_str()), (0, "queued 1:handle again\n"));
    assert_eq!(settled(process.address, "lost", 1).await.len(), 1);
    let (code, text) = run(&path, &["dead-letters", "retry", "1:handle"]);
    assert_eq!(code, 1, "{text}");
    assert_eq!(
        run(&path, &["dead-letters", "retry", "--all"]),
        (0, String::new())
    );
    assert_eq!(run(&path, &["dead-letters", "list"]), (0, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_call_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let process = Process::start(&path);
    for call_id in ["forgotten", "other"] {
        deliver(process.address, &event("call.ended", call_id, "t")).await;
    }
    settled(process.address, "", 2).await;
    let (code, text) = run(&path, &["forget", "forgotten"]);
    assert_eq!((code, text.as_str()), (0, "erased 1 events\n"));
    assert_eq!(effects(process.address, "").await.len(), 1);
    let late = deliver(process.address, &event("call.ended", "forgotten", "t")).await;
    assert_eq!(late.json(), json!({"received": true, "duplicate": true}));
    assert_eq!(run(&path, &["forget", "forgotten"]).1, "erased 0 events\n");
}

#[test]
fn a_retention_of_less_than_a_day_is_refused_and_so_is_a_store_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    for (arguments, said) in [
        (&["prune", "--older-than-hours", "23"][..], "24"),
        (&["prune"], "there is no file"),
        (&["forget", "c"], "there is no file"),
        (&["dead-letters", "show", "17"], "17:crm"),
        (&["dead-letters", "retry"], "<ID>"),
        (&["forget"], "CALL_ID"),
    ] {
        let (code, text) = run(&path, arguments);
        assert_eq!(code, 2, "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
    assert!(!path.exists());
    let output = command(&["prune", "--store", "memory"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(run(&path, &["prune"]), (0, "removed 0 events\n".to_owned()));
}
