//! What only this backend must keep: files, locks, disks and a second receiver.

use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use rusqlite::Connection;
use serde_json::json;

use super::SqliteStore;
use crate::store::{Acceptance, Conclusion, Effect, Scope, Store, StoreError, Task};

const HOLD: Duration = Duration::from_secs(60);

async fn accept(store: &SqliteStore, call_id: &str) -> Acceptance {
    let event = json!({"eventType": "transcription.update", "callId": call_id, "timestamp": "t"});
    let key = IdempotencyKey::of(&event).unwrap();
    store.accept(key, Bytes::from_static(b"{}")).await.unwrap()
}

#[tokio::test]
async fn keys_leased_and_waiting_events_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    for call_id in ["done", "leased", "retried", "waiting"] {
        accept(&store, call_id).await;
    }
    let mut leases = store.lease(Task::Handle, 3, HOLD).await.unwrap();
    let effect = Effect {
        kind: "k",
        data: json!({}),
    };
    let retried = (
        leases.pop().unwrap(),
        Conclusion::Retry {
            after: Duration::ZERO,
        },
    );
    let _leased = leases.pop();
    let done = (leases.pop().unwrap(), done_with(effect));
    assert_eq!(store.conclude(vec![done, retried]).await.unwrap(), 2);
    // Dropped without close, as after a crash.
    drop(store);

    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(
        accept(&store, "done").await,
        Acceptance::Duplicate { altered: false }
    );
    let mut left: Vec<(String, u32)> = Vec::new();
    while left.len() < 3 {
        let leases = store.lease(Task::Handle, 9, HOLD).await.unwrap();
        left.extend(
            leases
                .into_iter()
                .map(|lease| (lease.key.call_id, lease.attempt)),
        );
    }
    left.sort();
    let expected = [("leased", 1), ("retried", 2), ("waiting", 1)];
    assert_eq!(
        left,
        expected.map(|(call_id, attempt)| (call_id.to_owned(), attempt))
    );
}

#[tokio::test]
async fn a_failed_group_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    let saboteur = Connection::open(&path).unwrap();
    saboteur
        .execute_batch("ALTER TABLE work RENAME TO hidden")
        .unwrap();
    let key = || IdempotencyKey {
        call_id: "c".to_owned(),
        event_type: "t".to_owned(),
        timestamp: "t".to_owned(),
    };
    let failed = store.accept(key(), Bytes::new()).await;
    assert!(matches!(failed, Err(StoreError::Backend(_))), "{failed:?}");
    saboteur
        .execute_batch("ALTER TABLE hidden RENAME TO work")
        .unwrap();
    // Were the key used up, the sender's next copy would be taken for a duplicate and lost.
    assert_eq!(
        store.accept(key(), Bytes::new()).await.unwrap(),
        Acceptance::New
    );
}

#[tokio::test]
async fn records_can_be_queried_with_sql() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    accept(&store, "c").await;
    let lease = store.lease(Task::Handle, 1, HOLD).await.unwrap().remove(0);
    let effect = Effect {
        kind: "utterance",
        data: json!({"speaker": "user", "text": "مرحبا"}),
    };
    store
        .conclude(vec![(lease, done_with(effect))])
        .await
        .unwrap();
    store.close().await.unwrap();
    let text: String = Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT text FROM utterance WHERE call_id = 'c'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(text, "مرحبا");
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    std::fs::write(
        &path,
        "not a database, but long enough to look like one".repeat(99),
    )
    .unwrap();
    assert!(matches!(
        SqliteStore::open(&path),
        Err(StoreError::Backend(_))
    ));
    let newer = dir.path().join("newer.db");
    Connection::open(&newer)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        SqliteStore::open(&newer),
        Err(StoreError::Version { found: 99, .. })
    ));
}

fn done() -> Conclusion {
    done_with(Effect {
        kind: "k",
        data: json!({}),
    })
}

fn done_with(effect: Effect) -> Conclusion {
    Conclusion::Done {
        effect: Some(effect),
        next: Vec::new(),
    }
}

#[tokio::test]
async fn a_moved_removed_or_cut_file_takes_nothing_and_one_that_is_back_does() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let away = dir.path().join("away.db");
    let store = SqliteStore::open(&path).unwrap();
    accept(&store, "before").await;
    let is_moved = async || {
        let key = IdempotencyKey {
            call_id: "lost".to_owned(),
            event_type: "t".to_owned(),
            timestamp: "t".to_owned(),
        };
        let refused = store.accept(key, Bytes::new()).await;
        assert!(matches!(refused, Err(StoreError::Moved)), "{refused:?}");
        assert!(matches!(store.check().await, Err(StoreError::Moved)));
    };
    std::fs::rename(&path, &away).unwrap();
    is_moved().await;
    std::fs::copy(&away, &path).unwrap();
    is_moved().await;
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(accept(&store, "after").await, Acceptance::New);
    store.check().await.unwrap();

    let log = dir.path().join("events.db-wal");
    std::fs::rename(&log, &away).unwrap();
    is_moved().await;
    std::fs::rename(&away, &log).unwrap();
    assert_eq!(accept(&store, "log is back").await, Acceptance::New);

    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(0).unwrap();
    is_moved().await;
}

#[tokio::test]
async fn an_event_that_another_receiver_finished_is_not_leased_again() {
    const EXPIRED: Duration = Duration::ZERO;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let one = SqliteStore::open(&path).unwrap();
    accept(&one, "c").await;
    let ours = one.lease(Task::Handle, 1, EXPIRED).await.unwrap().remove(0);
    let other = SqliteStore::open(&path).unwrap();
    let theirs = other.lease(Task::Handle, 1, HOLD).await.unwrap().remove(0);
    assert_eq!(other.conclude(vec![(theirs, done())]).await.unwrap(), 1);
    assert_eq!(one.conclude(vec![(ours, done())]).await.unwrap(), 0);
    let again =
        tokio::time::timeout(Duration::from_millis(50), one.lease(Task::Handle, 1, HOLD)).await;
    assert!(again.is_err(), "{again:?}");
    let effects = one.effects(Scope::Prefix(String::new())).await.unwrap();
    assert_eq!(effects.len(), 1);
}

#[tokio::test]
async fn a_check_writes_and_a_busy_file_fails_it_within_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    let log = dir.path().join("events.db-wal");
    let before = std::fs::metadata(&log).unwrap().modified().unwrap();
    store.check().await.unwrap();
    assert!(std::fs::metadata(&log).unwrap().modified().unwrap() > before);
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let key = |call_id: &str| IdempotencyKey {
        call_id: call_id.to_owned(),
        event_type: "t".to_owned(),
        timestamp: "t".to_owned(),
    };
    let start = std::time::Instant::now();
    // The second waits while the first group does, and falls with it.
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        store.accept(key("b"), Bytes::new()).await
    };
    let answers = tokio::join!(store.accept(key("a"), Bytes::new()), late, store.check());
    assert!(answers.0.is_err() && answers.1.is_err(), "{answers:?}");
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    assert!(store.check().await.is_err());
}

#[tokio::test]
async fn the_queue_is_bounded_by_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = Bytes::from(vec![b'x'; 8 << 20]);
    let accept = |n: u8| {
        let key = IdempotencyKey {
            call_id: n.to_string(),
            event_type: "t".to_owned(),
            timestamp: "t".to_owned(),
        };
        store.accept(key, body.clone())
    };
    // Eight of 8 MiB, keys included, are more than 64 MiB.
    let answers = tokio::join!(
        accept(1),
        accept(2),
        accept(3),
        accept(4),
        accept(5),
        accept(6),
        accept(7),
        accept(8)
    );
    assert!(matches!(answers.7, Err(StoreError::Full)), "{answers:?}");
    assert!(
        matches!(answers.6, Err(StoreError::Backend(_))),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_closed_store_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("events.db")).unwrap();
    let early = tokio::time::timeout(Duration::from_millis(20), store.ended()).await;
    assert!(early.is_err());
    store.close().await.unwrap();
    store.ended().await;
}

async fn open_new() -> (std::sync::Arc<dyn Store>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("events.db")).unwrap();
    (std::sync::Arc::new(store), dir)
}

mod contract {
    crate::store::contract::contract_suite!(super::open_new);
}

#[tokio::test]
async fn what_another_process_revives_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let own = SqliteStore::open(&path).unwrap();
    accept(&own, "c").await;
    let lease = own.lease(Task::Handle, 1, HOLD).await.unwrap().remove(0);
    let dead = Conclusion::Dead {
        reason: String::new(),
    };
    own.conclude(vec![(lease.clone(), dead)]).await.unwrap();
    let waiting = own.lease(Task::Handle, 1, HOLD);
    let reviving = async {
        let other = SqliteStore::open(&path).unwrap();
        assert!(other.revive(lease.id, Task::Handle).await.unwrap());
        other.close().await.unwrap();
    };
    let both = async { tokio::join!(waiting, reviving).0 };
    let again = tokio::time::timeout(Duration::from_secs(10), both).await;
    assert_eq!(again.unwrap().unwrap()[0].id, lease.id);
}

#[tokio::test]
async fn nothing_of_a_forgotten_call_is_left_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    let store = SqliteStore::open(&path).unwrap();
    for call_id in ["forgotten-call", "other-call"] {
        accept(&store, call_id).await;
    }
    let leases = store.lease(Task::Handle, 2, HOLD).await.unwrap();
    let concluded = leases.into_iter().map(|lease| {
        let data = json!({"said": format!("words of {}", lease.key.call_id)});
        (lease, done_with(Effect { kind: "k", data }))
    });
    assert_eq!(store.conclude(concluded.collect()).await.unwrap(), 2);
    assert_eq!(store.forget("forgotten-call".to_owned()).await.unwrap(), 1);
    for name in ["events.db", "events.db-wal"] {
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        };
        assert!(!holds("forgotten-call"), "{name}");
        assert!(
            name.ends_with("wal") || holds("words of other-call"),
            "{name}"
        );
    }
}
