//! Several receivers on one Redis.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn copies_sent_to_different_receivers_have_one_winner() {
    let prefix = Prefix::new();
    let stores = [prefix.open().await, prefix.open().await];
    let mut copies = JoinSet::new();
    for number in 0..200 {
        for copy in 0..6 {
            let store = Arc::clone(&stores[copy % 2]);
            copies.spawn(async move {
                let call_id = format!("c{number}");
                (accept(&store, &call_id).await.unwrap(), call_id)
            });
        }
    }
    let answers = copies.join_all().await;
    let new = answers.into_iter().filter(|it| it.0 == Acceptance::New);
    let mut winners: Vec<_> = new.map(|(_, call_id)| call_id).collect();
    assert_eq!(winners.len(), 200);
    winners.sort_unstable();
    winners.dedup();
    assert_eq!(winners.len(), 200);
    for store in stores {
        assert_eq!(store.depth().await.unwrap().pending, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn no_event_is_leased_to_two_receivers() {
    const EVENTS: usize = 300;
    let prefix = Prefix::new();
    let stores = [prefix.open().await, prefix.open().await];
    accept_all(&stores[0], EVENTS).await;
    let mut workers = JoinSet::new();
    for worker in 0..6 {
        let store = Arc::clone(&stores[worker % 2]);
        workers.spawn(async move {
            let mut ids = Vec::new();
            while store.depth().await.unwrap().pending > 0 {
                let leasing = store.lease(Task::Handle, 7, HOLD);
                let Ok(leases) = timeout(Duration::from_millis(100), leasing).await else {
                    continue;
                };
                let leases = leases.unwrap();
                ids.extend(leases.iter().map(|lease| lease.id));
                assert_eq!(conclude_all(&store, leases.clone()).await, leases.len());
                assert_eq!(conclude_all(&store, leases).await, 0);
            }
            ids
        });
    }
    let ids: Vec<i64> = workers.join_all().await.concat();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (EVENTS, EVENTS));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn what_another_receiver_accepted_or_held_is_found() {
    let prefix = Prefix::new();
    let (one, other) = (prefix.open().await, prefix.open().await);
    let waiting = tokio::spawn({
        let other = Arc::clone(&other);
        async move { lease(&other, 1).await }
    });
    accept(&one, "accepted elsewhere").await.unwrap();
    let found = waiting.await.unwrap();
    assert_eq!(found[0].key.call_id, "accepted elsewhere");

    accept(&one, "held elsewhere").await.unwrap();
    let short = Duration::from_millis(100);
    let held = one.lease(Task::Handle, 1, short).await.unwrap();
    drop(one);
    let found = lease(&other, 1).await;
    assert_eq!((found[0].id, found[0].attempt), (held[0].id, 2));
    assert_eq!(conclude_all(&other, held).await, 0);
    assert_eq!(conclude_all(&other, found).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn leases_that_nobody_waits_for_any_more_are_given_back() {
    let prefix = Prefix::new();
    let store = prefix.open().await;
    for round in 0..20 {
        accept(&store, &format!("c{round}")).await.unwrap();
        // Asked for and dropped at once: the answer finds nobody.
        let mut leasing = store.lease(Task::Handle, 1, HOLD);
        assert!((&mut leasing).now_or_never().is_none());
        drop(leasing);
        let leases = lease(&store, 1).await;
        assert_eq!(conclude_all(&store, leases).await, 1);
    }
    store.close().await.unwrap();
}
