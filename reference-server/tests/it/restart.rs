//! What survives a stop: keys, effects, and work that nobody had finished.

use hamsa_reference_server::Settings;
use hamsa_reference_server::store::StoreTarget;
use serde_json::json;

use crate::support::{Receiver, event, settings};

fn settings_in(dir: &tempfile::TempDir, workers: usize) -> Settings {
    let mut settings = settings();
    settings.store = StoreTarget::Sqlite(dir.path().join("events.db"));
    settings.workers = workers;
    settings
}

#[tokio::test]
async fn unfinished_events_are_completed_and_keys_are_still_known() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(settings_in(&dir, 0)).await;
    for n in 0..100 {
        let reply = receiver
            .deliver(&event("call.ended", &format!("c{n}"), "t"))
            .await;
        assert_eq!(reply.json(), json!({"received": true}));
    }
    assert!(receiver.effects("").await.is_empty());
    receiver.stop().await;

    let receiver = Receiver::start(settings_in(&dir, 2)).await;
    assert_eq!(receiver.settled("", 100).await.len(), 100);
    let again = receiver.deliver(&event("call.ended", "c7", "t")).await;
    assert_eq!(again.json(), json!({"received": true, "duplicate": true}));
    receiver.stop().await;

    let receiver = Receiver::start(settings_in(&dir, 2)).await;
    let again = receiver.deliver(&event("call.ended", "c7", "t")).await;
    assert_eq!(again.json(), json!({"received": true, "duplicate": true}));
    assert_eq!(receiver.effects("").await.len(), 100);
    receiver.stop().await;
}

#[tokio::test]
async fn a_closed_store_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(settings_in(&dir, 2)).await;
    receiver.deliver(&event("call.ended", "c", "t")).await;
    receiver.stop().await;
    // The log is checkpointed: what remains of it, if anything, is empty.
    let log = std::fs::metadata(dir.path().join("events.db-wal"));
    assert_eq!(log.map_or(0, |log| log.len()), 0);
}
