//! What every backend must keep: one suite, run over each of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

const HOLD: Duration = Duration::from_secs(60);
const EXPIRED: Duration = Duration::ZERO;

type Shared = Arc<dyn Store>;

macro_rules! suite {
    ($($check:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $check() {
                super::$check(super::Arc::new(super::MemoryStore::default())).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                let dir = tempfile::tempdir().unwrap();
                let store = super::SqliteStore::open(&dir.path().join("events.db")).unwrap();
                super::$check(super::Arc::new(store)).await;
            })*
        }
    };
}

suite![
    the_first_copy_is_new_and_every_other_a_duplicate,
    concurrent_copies_have_one_winner,
    keys_differ_by_every_byte_of_every_part,
    events_are_leased_in_order_of_arrival_and_only_once,
    an_expired_lease_gives_the_event_back_and_loses_its_right,
    two_conclusions_of_one_lease_leave_one_effect,
    a_retry_comes_back_after_its_wait,
    a_dead_letter_is_kept_and_not_leased_again,
    an_event_without_effect_is_done,
    waiting_for_work_ends_when_work_comes,
    effects_are_found_by_call_and_prefix_and_ordered_by_key,
    depth_counts_what_is_not_finished,
    a_closed_store_says_so,
];

fn key(call_id: &str, event_type: &str, timestamp: &str) -> IdempotencyKey {
    IdempotencyKey {
        call_id: call_id.to_owned(),
        event_type: event_type.to_owned(),
        timestamp: timestamp.to_owned(),
    }
}

fn body(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn done(kind: &'static str) -> Conclusion {
    Conclusion::Done(Some(Effect {
        kind,
        data: json!({"null": null, "n": 1}),
    }))
}

async fn accept(store: &Shared, call_id: &str) -> Acceptance {
    store
        .accept(key(call_id, "call.ended", "t"), body("{}"))
        .await
        .unwrap()
}

async fn lease_one(store: &Shared, hold: Duration) -> Lease {
    store.lease(1, hold).await.unwrap().remove(0)
}

async fn conclude(store: &Shared, lease: &Lease, conclusion: Conclusion) -> usize {
    store
        .conclude(vec![(lease.clone(), conclusion)])
        .await
        .unwrap()
}

async fn all_effects(store: &Shared) -> Vec<EffectRecord> {
    store.effects(Scope::Prefix(String::new())).await.unwrap()
}

/// Whether nothing is due; the wait is only a bound for a store that wrongly has something.
async fn is_idle(store: &Shared) -> bool {
    timeout(Duration::from_millis(50), store.lease(1, HOLD))
        .await
        .is_err()
}

async fn the_first_copy_is_new_and_every_other_a_duplicate(store: Shared) {
    let key = || key("c", "call.ended", "t");
    assert_eq!(
        store.accept(key(), body("{}")).await.unwrap(),
        Acceptance::New
    );
    let same = store.accept(key(), body("{}")).await.unwrap();
    assert_eq!(same, Acceptance::Duplicate { altered: false });
    let other = store.accept(key(), body("{ }")).await.unwrap();
    assert_eq!(other, Acceptance::Duplicate { altered: true });
    let lease = lease_one(&store, HOLD).await;
    assert_eq!(
        (lease.attempt, lease.key, lease.body),
        (1, key(), body("{}"))
    );
}

async fn concurrent_copies_have_one_winner(store: Shared) {
    for round in 0..20 {
        let mut copies = JoinSet::new();
        for _ in 0..16 {
            let store = Arc::clone(&store);
            copies.spawn(async move { accept(&store, &format!("c{round}")).await });
        }
        let answers = copies.join_all().await;
        let winners = answers
            .iter()
            .filter(|answer| **answer == Acceptance::New)
            .count();
        assert_eq!(winners, 1, "{answers:?}");
    }
    assert_eq!(store.depth().await.unwrap().pending, 20);
}

async fn keys_differ_by_every_byte_of_every_part(store: Shared) {
    for (call_id, event_type, timestamp) in [
        ("a", "b", "c"),
        ("A", "b", "c"),
        ("a ", "b", "c"),
        ("a\0", "b", "c"),
        ("a:b", "c", "d"),
        ("a", "b:c", "d"),
        ("é", "b", "c"),
        ("e\u{301}", "b", "c"),
        ("a", "B", "c"),
        ("a", "b", "c0"),
        ("'; DROP TABLE event; --", "%", "_"),
    ] {
        let key = key(call_id, event_type, timestamp);
        assert_eq!(
            store.accept(key.clone(), body("x")).await.unwrap(),
            Acceptance::New,
            "{key:?}"
        );
        let lease = lease_one(&store, HOLD).await;
        assert_eq!(lease.key, key);
        assert_eq!(conclude(&store, &lease, done("k")).await, 1);
        let found = store
            .effects(Scope::Call(call_id.to_owned()))
            .await
            .unwrap();
        assert!(found.iter().any(|effect| effect.key == key), "{key:?}");
    }
    assert_eq!(all_effects(&store).await.len(), 11);
}

async fn events_are_leased_in_order_of_arrival_and_only_once(store: Shared) {
    for n in 0..5 {
        accept(&store, &format!("c{n}")).await;
    }
    let first = store.lease(3, HOLD).await.unwrap();
    let second = store.lease(3, HOLD).await.unwrap();
    let order: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|l| l.key.call_id.as_str())
        .collect();
    assert_eq!(order, ["c0", "c1", "c2", "c3", "c4"]);
    assert!(is_idle(&store).await);
}

async fn an_expired_lease_gives_the_event_back_and_loses_its_right(store: Shared) {
    accept(&store, "c").await;
    let lost = lease_one(&store, EXPIRED).await;
    let held = lease_one(&store, HOLD).await;
    assert_eq!((lost.attempt, held.attempt), (1, 2));
    assert_eq!(conclude(&store, &lost, done("lost")).await, 0);
    assert_eq!(conclude(&store, &held, done("held")).await, 1);
    assert_eq!(conclude(&store, &lost, done("lost")).await, 0);
    let effects = all_effects(&store).await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0].kind, "held");
    assert!(is_idle(&store).await);
}

async fn two_conclusions_of_one_lease_leave_one_effect(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    let twice = vec![(lease.clone(), done("one")), (lease.clone(), done("two"))];
    assert_eq!(store.conclude(twice).await.unwrap(), 1);
    assert_eq!(
        conclude(&store, &lease, Conclusion::Retry { after: EXPIRED }).await,
        0
    );
    let effects = all_effects(&store).await;
    assert_eq!((effects.len(), effects[0].kind.as_str()), (1, "one"));
    assert_eq!(effects[0].data, json!({"null": null, "n": 1}));
}

async fn a_retry_comes_back_after_its_wait(store: Shared) {
    accept(&store, "c").await;
    let first = lease_one(&store, HOLD).await;
    assert_eq!(
        conclude(&store, &first, Conclusion::Retry { after: HOLD }).await,
        1
    );
    assert!(is_idle(&store).await);
    assert_eq!(
        conclude(&store, &first, done("late")).await,
        0,
        "the lease has ended"
    );

    accept(&store, "d").await;
    let second = lease_one(&store, HOLD).await;
    let soon = Conclusion::Retry {
        after: Duration::from_millis(5),
    };
    assert_eq!(conclude(&store, &second, soon).await, 1);
    let again = lease_one(&store, HOLD).await;
    assert_eq!((again.key.call_id.as_str(), again.attempt), ("d", 2));
}

async fn a_dead_letter_is_kept_and_not_leased_again(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    let dead = Conclusion::Dead {
        reason: "crm is gone".to_owned(),
    };
    assert_eq!(conclude(&store, &lease, dead).await, 1);
    let letter = DeadLetter {
        key: lease.key,
        attempts: 1,
        reason: "crm is gone".to_owned(),
    };
    assert_eq!(store.dead_letters(9).await.unwrap(), [letter]);
    assert!(is_idle(&store).await);
    assert_eq!(
        accept(&store, "c").await,
        Acceptance::Duplicate { altered: false }
    );
}

async fn an_event_without_effect_is_done(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    assert_eq!(conclude(&store, &lease, Conclusion::Done(None)).await, 1);
    assert!(all_effects(&store).await.is_empty());
    assert_eq!(
        store.depth().await.unwrap(),
        Depth {
            pending: 0,
            dead: 0
        }
    );
}

async fn waiting_for_work_ends_when_work_comes(store: Shared) {
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { lease_one(&store, HOLD).await.key.call_id }
    });
    accept(&store, "c").await;
    assert_eq!(waiting.await.unwrap(), "c");
}

async fn effects_are_found_by_call_and_prefix_and_ordered_by_key(store: Shared) {
    for call_id in [
        "run-1",
        "run-10",
        "run-2",
        "Run-1",
        "run-1/é",
        "run-1\u{10ffff}x",
        "run-",
    ] {
        accept(&store, call_id).await;
    }
    let leases = store.lease(9, HOLD).await.unwrap();
    store
        .conclude(leases.into_iter().map(|l| (l, done("k"))).collect())
        .await
        .unwrap();
    let found = async |scope| -> Vec<String> {
        let records = store.effects(scope).await.unwrap();
        records
            .into_iter()
            .map(|record| record.key.call_id)
            .collect()
    };
    let prefix = |text: &str| Scope::Prefix(text.to_owned());
    assert_eq!(found(Scope::Call("run-1".to_owned())).await, ["run-1"]);
    assert_eq!(
        found(prefix("run-1")).await,
        ["run-1", "run-1/é", "run-10", "run-1\u{10ffff}x"]
    );
    assert_eq!(found(prefix("run-2")).await, ["run-2"]);
    assert_eq!(found(prefix("")).await.len(), 7);
    assert!(found(prefix("%")).await.is_empty());
}

async fn depth_counts_what_is_not_finished(store: Shared) {
    accept(&store, "a").await;
    accept(&store, "b").await;
    assert_eq!(
        store.depth().await.unwrap(),
        Depth {
            pending: 2,
            dead: 0
        }
    );
    let leases = store.lease(2, HOLD).await.unwrap();
    let dead = Conclusion::Dead {
        reason: String::new(),
    };
    conclude(&store, &leases[0], dead).await;
    assert_eq!(
        store.depth().await.unwrap(),
        Depth {
            pending: 1,
            dead: 1
        }
    );
}

async fn a_closed_store_says_so(store: Shared) {
    accept(&store, "a").await;
    store.close().await.unwrap();
    let again = store.accept(key("b", "t", "t"), body("")).await;
    assert!(matches!(again, Err(StoreError::Closed)));
    assert!(matches!(
        store.lease(1, HOLD).await,
        Err(StoreError::Closed)
    ));
    assert!(matches!(store.depth().await, Err(StoreError::Closed)));
}
