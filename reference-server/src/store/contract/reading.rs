//! What can be read.

use super::*;
use crate::store::agenda::now_ms;

pub(crate) async fn effects_are_found_by_call_and_prefix_and_ordered_by_key(store: Shared) {
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
    let leases = store.lease(Task::Handle, 9, HOLD).await.unwrap();
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

pub(crate) async fn depth_counts_what_is_not_finished(store: Shared) {
    let counts = async || {
        let Depth { pending, dead, .. } = store.depth().await.unwrap();
        (pending, dead)
    };
    accept(&store, "a").await;
    accept(&store, "b").await;
    assert_eq!(counts().await, (2, 0));
    let leases = store.lease(Task::Handle, 2, HOLD).await.unwrap();
    let dead = Conclusion::Dead {
        reason: String::new(),
    };
    conclude(&store, &leases[0], dead).await;
    assert_eq!(counts().await, (1, 1));
}

pub(crate) async fn the_latest_calls_come_first_and_once(store: Shared) {
    for (call_id, timestamp) in [("a", "1"), ("b", "1"), ("c", "1"), ("a", "2")] {
        let key = key(call_id, "call.ended", timestamp);
        store.accept(key, body("{}")).await.unwrap();
    }
    assert_eq!(store.latest_calls(9).await.unwrap(), ["a", "c", "b"]);
    assert_eq!(store.latest_calls(2).await.unwrap(), ["a", "c"]);
}

pub(crate) async fn the_oldest_waiting_event_has_a_time(store: Shared) {
    assert_eq!(store.depth().await.unwrap().oldest_ms, None);
    let before_ms = now_ms();
    accept(&store, "a").await;
    let after_ms = now_ms();
    while now_ms() == after_ms {
        tokio::task::yield_now().await;
    }
    accept(&store, "b").await;
    let oldest = async || store.depth().await.unwrap().oldest_ms;
    assert!((before_ms..=after_ms).contains(&oldest().await.unwrap()));
    let first = lease_one(&store, HOLD).await;
    assert_eq!(conclude(&store, &first, nothing()).await, 1);
    assert!(oldest().await.unwrap() > after_ms);
}
