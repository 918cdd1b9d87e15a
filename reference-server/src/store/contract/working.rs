//! Leases, conclusions and retries.

use super::*;

pub(crate) async fn events_are_leased_in_order_of_arrival_and_only_once(store: Shared) {
    for n in 0..5 {
        accept(&store, &format!("c{n}")).await;
    }
    let first = store.lease(Task::Handle, 3, HOLD).await.unwrap();
    let second = store.lease(Task::Handle, 3, HOLD).await.unwrap();
    let order: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|l| l.key.call_id.as_str())
        .collect();
    assert_eq!(order, ["c0", "c1", "c2", "c3", "c4"]);
    assert!(is_idle(&store).await);
}

pub(crate) async fn an_expired_lease_gives_the_event_back_and_loses_its_right(store: Shared) {
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

pub(crate) async fn two_conclusions_of_one_lease_leave_one_effect(store: Shared) {
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

pub(crate) async fn a_retry_comes_back_after_its_wait(store: Shared) {
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

pub(crate) async fn an_event_without_effect_is_done(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    assert_eq!(conclude(&store, &lease, nothing()).await, 1);
    assert!(all_effects(&store).await.is_empty());
    assert_eq!(store.depth().await.unwrap(), Depth::default());
}

pub(crate) async fn waiting_for_work_ends_when_work_comes(store: Shared) {
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { lease_one(&store, HOLD).await.key.call_id }
    });
    accept(&store, "c").await;
    assert_eq!(waiting.await.unwrap(), "c");
}

pub(crate) async fn a_follow_up_is_queued_with_the_effect(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    let done = Conclusion::Done {
        effect: Some(effect("k")),
        next: vec![Task::Crm, Task::Slack],
    };
    let lost = conclude(&store, &lease, Conclusion::Retry { after: EXPIRED }).await;
    let again = lease_one(&store, HOLD).await;
    // The first lease has ended: what it would queue is not queued.
    assert_eq!((lost, conclude(&store, &lease, done.clone()).await), (1, 0));
    assert_eq!(store.depth().await.unwrap().deliveries, 0);
    assert_eq!(conclude(&store, &again, done).await, 1);
    let depth = store.depth().await.unwrap();
    assert_eq!((depth.pending, depth.deliveries), (0, 2));
    assert!(is_idle(&store).await, "handling is done");
    for task in [Task::Slack, Task::Crm] {
        let lease = store.lease(task, 9, HOLD).await.unwrap().remove(0);
        assert_eq!((lease.task, lease.attempt), (task, 1));
        assert_eq!(
            (lease.id, &lease.key, &lease.body),
            (again.id, &again.key, &again.body)
        );
        assert_eq!(conclude(&store, &lease, nothing()).await, 1);
        assert_eq!(conclude(&store, &lease, nothing()).await, 0);
    }
    assert_eq!(store.depth().await.unwrap(), Depth::default());
    assert_eq!(all_effects(&store).await.len(), 1);
}

pub(crate) async fn each_task_has_a_queue_and_a_fence_of_its_own(store: Shared) {
    accept(&store, "c").await;
    let lease = lease_one(&store, HOLD).await;
    let next = vec![Task::Crm, Task::Email];
    let done = Conclusion::Done { effect: None, next };
    assert_eq!(conclude(&store, &lease, done).await, 1);
    let lease_of = async |task, hold| store.lease(task, 1, hold).await.unwrap().remove(0);
    let lost = lease_of(Task::Crm, EXPIRED).await;
    let held = lease_of(Task::Crm, HOLD).await;
    assert_eq!((lost.attempt, held.attempt), (1, 2));
    assert_eq!(lease_of(Task::Email, HOLD).await.attempt, 1);
    assert_eq!(conclude(&store, &lost, nothing()).await, 0);
    let soon = Conclusion::Retry {
        after: Duration::from_millis(5),
    };
    assert_eq!(conclude(&store, &held, soon).await, 1);
    let third = lease_of(Task::Crm, HOLD).await;
    assert_eq!(third.attempt, 3);
    assert_eq!(conclude(&store, &third, nothing()).await, 1);
    assert_eq!(store.depth().await.unwrap().deliveries, 1);
}
