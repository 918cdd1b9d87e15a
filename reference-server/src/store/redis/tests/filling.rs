//! A Redis, a queue or a page that is full, and what old events are passed over.

use std::time::Instant;

use futures_util::FutureExt;

use tokio::task::JoinSet;

use super::server::Server;
use super::*;
use crate::store::{Pruned, Scope};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn a_full_redis_takes_no_event_and_yet_works_off_what_it_has() {
    let server = Server::start(&[]);
    let store = RedisStore::open(&server.url()).await.unwrap();
    accept_all(&store, 20).await;
    let _: () = server.send("CONFIG SET maxmemory 1");
    for _ in 0..3 {
        let error = accept(&store, "new").await.unwrap_err().to_string();
        assert!(error.contains("OOM"), "{error}");
    }
    assert!(store.check().await.is_err());
    assert_eq!(
        accept(&store, "c000").await.unwrap(),
        Acceptance::Duplicate { altered: false }
    );
    let mut leases = lease(&store, 20).await;
    let soon = Conclusion::Retry {
        after: Duration::ZERO,
    };
    let retried = vec![(leases.pop().unwrap(), soon)];
    assert_eq!(store.conclude(retried).await.unwrap(), 1);
    assert_eq!(conclude_all(&store, leases).await, 19);
    let leases = lease(&store, 20).await;
    let dead = Conclusion::Dead {
        reason: "r".to_owned(),
    };
    let dead = leases.into_iter().map(|lease| (lease, dead.clone()));
    assert_eq!(store.conclude(dead.collect()).await.unwrap(), 1);
    assert_eq!(store.forget("c001".to_owned()).await.unwrap(), 1);
    assert_eq!(prune_all(&store).await, 20);

    let _: () = server.send("CONFIG SET maxmemory 0");
    assert_eq!(accept(&store, "new").await.unwrap(), Acceptance::New);
    let names: Vec<String> = server.send("KEYS *");
    assert!(
        names.iter().all(|name| name.starts_with("{hamsa}:")),
        "{names:?}"
    );
    assert_eq!(names.iter().filter(|it| it.contains("event:")).count(), 1);
}

/// Prunes with no retention until a round finds nothing that is old enough.
async fn prune_all(store: &RedisStore) -> usize {
    let began_ms = now_ms();
    while now_ms() <= began_ms + 1 {
        tokio::task::yield_now().await;
    }
    let mut removed = 0;
    loop {
        let step = store.prune(Duration::ZERO, 3).await.unwrap();
        removed += step.removed;
        if !step.has_more {
            return removed;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn unfinished_events_are_passed_over_when_pruning() {
    let prefix = Prefix::new();
    let store = prefix.open().await;
    accept_all(&store, 15).await;
    let held = lease(&store, 10).await;
    let leases = lease(&store, 9).await;
    assert_eq!(conclude_all(&store, leases).await, 5);
    assert_eq!(prune_all(&store).await, 5);
    assert_eq!(prune_all(&store).await, 0);
    assert_eq!(conclude_all(&store, held).await, 10);
    assert_eq!(prune_all(&store).await, 10);
    let nothing = Pruned {
        removed: 0,
        has_more: false,
    };
    assert_eq!(store.prune(Duration::ZERO, 0).await.unwrap(), nothing);
    assert!(store.latest_calls(9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn large_effects_come_in_several_pages_and_events_without_one_are_passed_over() {
    const LARGE: usize = 600 << 10;
    let prefix = Prefix::new();
    let store = prefix.open().await;
    // More keys without an effect than a page has.
    for number in 0..600 {
        accept(&store, &format!("a{number}")).await.unwrap();
    }
    accept_all(&store, 5).await;
    let leases = lease(&store, 605).await;
    let conclusions = leases.into_iter().map(|lease| {
        let is_large = lease.key.call_id.starts_with('c');
        let effect = is_large.then(|| Effect {
            kind: "k",
            data: json!("x".repeat(LARGE)),
        });
        let next = Vec::new();
        (lease, Conclusion::Done { effect, next })
    });
    let conclusions = conclusions.collect();
    assert_eq!(store.conclude(conclusions).await.unwrap(), 605);
    let all = Scope::Prefix(String::new());
    let page = store.effects_after(all.clone(), None).await.unwrap();
    assert_eq!(page.len(), 2, "the second reaches the bytes of a page");
    let all = store.effects(all).await.unwrap();
    let calls: Vec<_> = all.iter().map(|it| it.key.call_id.as_str()).collect();
    assert_eq!(calls, ["c000", "c001", "c002", "c003", "c004"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn more_than_the_queue_takes_is_refused_at_once() {
    let prefix = Prefix::new();
    let store = prefix.open().await;
    let large = Bytes::from(vec![b'x'; 40 << 20]);
    let mut first = store.accept(key("large"), large.clone());
    assert!((&mut first).now_or_never().is_none());
    let second = store.accept(key("another"), large).await;
    assert!(matches!(second, Err(StoreError::Full)));
    assert_eq!(first.await.unwrap(), Acceptance::New);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs Redis"]
async fn senders_that_come_at_once_share_scripts() {
    const SENDERS: usize = 64;
    const EACH: usize = 300;
    let server = Server::start(&[]);
    let store = Arc::new(RedisStore::open(&server.url()).await.unwrap());
    let body = Bytes::from(vec![b'x'; 2_000]);
    let began = Instant::now();
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (store, body) = (Arc::clone(&store), body.clone());
        senders.spawn(async move {
            for number in 0..EACH {
                let key = key(&format!("{sender}-{number}"));
                store.accept(key, body.clone()).await.unwrap();
            }
        });
    }
    senders.join_all().await;
    let rate = (SENDERS * EACH) as f64 / began.elapsed().as_secs_f64();
    let info: String = server.send("INFO commandstats");
    let calls = info.split_once("cmdstat_evalsha:calls=").unwrap().1;
    let calls: usize = calls.split(',').next().unwrap().parse().unwrap();
    println!("{rate:.0} accepts per second, {calls} scripts");
    assert!(calls * 8 < SENDERS * EACH, "{calls}");
}
