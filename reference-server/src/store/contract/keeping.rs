//! Dead letters, retention, forgetting, the end.

use super::*;

pub(crate) async fn a_dead_letter_is_kept_and_not_leased_again(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    let dead = Conclusion::Dead {
        reason: "crm is gone".to_owned(),
    };
    assert_eq!(conclude(&store, &lease, dead).await, 1);
    let letter = DeadLetter {
        id: lease.id,
        task: Task::Handle,
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

pub(crate) async fn a_closed_store_says_so(store: Shared) {
    accept(&store, "a").await;
    store.close().await.unwrap();
    let again = store.accept(key("b", "t", "t"), body("")).await;
    assert!(matches!(again, Err(StoreError::Closed)));
    assert!(matches!(
        store.lease(Task::Handle, 1, HOLD).await,
        Err(StoreError::Closed)
    ));
    assert!(matches!(store.depth().await, Err(StoreError::Closed)));
}

pub(crate) async fn a_dead_letter_is_shown_and_revived(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    let next = vec![Task::Crm];
    let done = Conclusion::Done {
        effect: Some(effect("k")),
        next,
    };
    assert_eq!(conclude(&store, &lease, done).await, 1);
    let lease = store.lease(Task::Crm, 1, HOLD).await.unwrap().remove(0);
    let dead = Conclusion::Dead {
        reason: "401".to_owned(),
    };
    assert_eq!(conclude(&store, &lease, dead).await, 1);
    let (letter, bytes) = store
        .dead_letter(lease.id, Task::Crm)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (letter.task, letter.reason.as_str(), bytes),
        (Task::Crm, "401", body("{}"))
    );
    assert_eq!(
        store.dead_letter(lease.id, Task::Slack).await.unwrap(),
        None
    );
    assert!(!store.revive(lease.id, Task::Slack).await.unwrap());
    assert!(store.revive(lease.id, Task::Crm).await.unwrap());
    assert!(!store.revive(lease.id, Task::Crm).await.unwrap());
    assert!(store.dead_letters(9).await.unwrap().is_empty());
    let again = store.lease(Task::Crm, 1, HOLD).await.unwrap().remove(0);
    assert_eq!((again.id, again.attempt), (lease.id, 1));
    assert_eq!(conclude(&store, &again, nothing()).await, 1);
    assert_eq!(store.depth().await.unwrap(), Depth::default());
}

/// Prunes with no retention until so many are gone; what was received in this very millisecond is not older than that.
async fn prune_all(store: &Shared, expected: usize) {
    let mut removed = 0;
    let pruning = async {
        while removed < expected {
            removed += store.prune(Duration::ZERO, 2).await.unwrap().removed;
        }
    };
    timeout(Duration::from_secs(10), pruning)
        .await
        .expect("all are pruned");
    assert_eq!(removed, expected);
}

pub(crate) async fn what_is_finished_and_old_is_pruned(store: Shared) {
    for call_id in ["done", "dead", "handled", "waiting", "held"] {
        accept(&store, call_id).await;
    }
    let leases = store.lease(Task::Handle, 3, HOLD).await.unwrap();
    let dead = Conclusion::Dead {
        reason: String::new(),
    };
    let next = vec![Task::Crm];
    let on_its_way = Conclusion::Done {
        effect: Some(effect("k")),
        next,
    };
    let ends = [done("k"), dead, on_its_way];
    let concluded = leases.into_iter().zip(ends).collect();
    assert_eq!(store.conclude(concluded).await.unwrap(), 3);
    let waiting = lease_one(&store, EXPIRED).await;
    assert_eq!(waiting.key.call_id, "waiting");

    let none = store.prune(Duration::from_secs(3_600), 9).await.unwrap();
    assert_eq!(
        none,
        Pruned {
            removed: 0,
            has_more: false
        }
    );
    prune_all(&store, 3).await;
    assert!(all_effects(&store).await.is_empty());
    let Depth {
        pending,
        deliveries,
        ..
    } = store.depth().await.unwrap();
    assert_eq!((pending, deliveries), (2, 0));
    assert!(store.dead_letters(9).await.unwrap().is_empty());
    for (call_id, known) in [
        ("done", false),
        ("dead", false),
        ("handled", false),
        ("waiting", true),
        ("held", true),
    ] {
        let is_known = accept(&store, call_id).await != Acceptance::New;
        assert_eq!(is_known, known, "{call_id}");
    }
    // Those that came back are new events behind the two that were never finished.
    let left = store.lease(Task::Handle, 9, HOLD).await.unwrap();
    let mut left: Vec<_> = left
        .iter()
        .map(|lease| lease.key.call_id.as_str())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["dead", "done", "handled", "held", "waiting"]);
}

pub(crate) async fn a_forgotten_call_leaves_only_hashes(store: Shared) {
    for (call_id, timestamp) in [
        ("secret", "1"),
        ("secret", "2"),
        ("secret", "3"),
        ("secret", "4"),
        ("other", "1"),
    ] {
        let key = key(call_id, "call.ended", timestamp);
        store.accept(key, body("personal")).await.unwrap();
    }
    let mut leases = store.lease(Task::Handle, 3, HOLD).await.unwrap();
    let held = leases.pop().unwrap();
    let dead = Conclusion::Dead {
        reason: String::new(),
    };
    let next = vec![Task::Crm];
    let on_its_way = Conclusion::Done {
        effect: Some(effect("k")),
        next,
    };
    let concluded = leases.into_iter().zip([on_its_way, dead]).collect();
    assert_eq!(store.conclude(concluded).await.unwrap(), 2);

    assert_eq!(store.forget("unknown".to_owned()).await.unwrap(), 0);
    assert_eq!(store.forget("secret".to_owned()).await.unwrap(), 4);
    assert_eq!(
        conclude(&store, &held, done("late")).await,
        0,
        "the lease has nothing to hold"
    );
    assert!(all_effects(&store).await.is_empty());
    assert!(store.dead_letters(9).await.unwrap().is_empty());
    assert_eq!(store.latest_calls(9).await.unwrap(), ["other"]);
    let depth = store.depth().await.unwrap();
    assert_eq!((depth.pending, depth.deliveries, depth.dead), (1, 0, 0));
    for timestamp in ["1", "2", "3", "4"] {
        let late = store
            .accept(key("secret", "call.ended", timestamp), body("personal"))
            .await;
        assert_eq!(
            late.unwrap(),
            Acceptance::Duplicate { altered: false },
            "{timestamp}"
        );
    }
    assert_eq!(store.forget("secret".to_owned()).await.unwrap(), 0);
    let only = lease_one(&store, HOLD).await;
    assert_eq!(only.key.call_id, "other");
    assert!(is_idle(&store).await);

    prune_all(&store, 4).await;
    let new = store
        .accept(key("secret", "call.ended", "1"), body("x"))
        .await;
    assert_eq!(new.unwrap(), Acceptance::New);
}

pub(crate) async fn what_comes_after_the_newest_was_removed_is_handled(store: Shared) {
    accept(&store, "a").await;
    let held = lease_one(&store, HOLD).await;
    assert_eq!(store.forget("a".to_owned()).await.unwrap(), 1);
    accept(&store, "b").await;
    let next = lease_one(&store, HOLD).await;
    assert_eq!(next.key.call_id, "b");
    assert!(next.id > held.id, "an id is never given twice");
    assert_eq!(conclude(&store, &held, done("late")).await, 0);
    assert_eq!(conclude(&store, &next, done("b")).await, 1);

    // Nothing is left but a hash.
    prune_all(&store, 2).await;
    for call_id in ["c", "d"] {
        accept(&store, call_id).await;
        let lease = lease_one(&store, HOLD).await;
        assert_eq!(lease.key.call_id, call_id);
        assert_eq!(conclude(&store, &lease, done("k")).await, 1);
    }
    let effects = all_effects(&store).await;
    let calls: Vec<_> = effects.iter().map(|e| e.key.call_id.as_str()).collect();
    assert_eq!(calls, ["c", "d"]);
}

pub(crate) async fn a_batch_ends_with_the_body_that_fills_it(store: Shared) {
    let large = Bytes::from(vec![b'x'; LEASED_BYTES / 2]);
    for call_id in ["a", "b", "c"] {
        let key = key(call_id, "call.ended", "t");
        assert_eq!(
            store.accept(key, large.clone()).await.unwrap(),
            Acceptance::New
        );
    }
    let first = store.lease(Task::Handle, 9, HOLD).await.unwrap();
    let second = store.lease(Task::Handle, 9, HOLD).await.unwrap();
    let order: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|l| (l.key.call_id.as_str(), l.attempt))
        .collect();
    assert_eq!(
        (first.len(), order),
        (2, vec![("a", 1), ("b", 1), ("c", 1)])
    );
}
