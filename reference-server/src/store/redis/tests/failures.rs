//! A Redis that crashes, freezes, forgets its scripts or should not be used.

use std::time::Instant;

use redis::Value;
use rustix::process::Signal;
use tokio::task::JoinSet;

use super::server::{Server, command};
use super::*;

/// What a sender has for an answer is five seconds, what a receiver gives its store three.
const BOUND: Duration = Duration::from_secs(3);

async fn open_error(server: &Server) -> StoreError {
    match RedisStore::open(&server.url()).await {
        Ok(_) => panic!("it is used"),
        Err(error) => error,
    }
}

async fn recovered(store: &RedisStore, call_id: &str) {
    let again = async {
        while accept(store, call_id).await.is_err() || store.depth().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("it comes back");
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_redis_that_would_lose_events_or_is_not_ours_is_refused() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let error = open_error(&server).await;
    assert!(matches!(error, StoreError::Unfit(_)) && error.to_string().contains("allkeys-lru"));

    let _: () = server.send("CONFIG SET maxmemory-policy noeviction");
    RedisStore::open(&server.url()).await.unwrap();
    let _: () = server.send("SET {hamsa}:version 99");
    let version = StoreError::Version {
        found: 99,
        known: 1,
    };
    assert_eq!(open_error(&server).await.to_string(), version.to_string());
    let _: () = server.send("REPLICAOF 127.0.0.1 1");
    assert!(matches!(open_error(&server).await, StoreError::Unfit(_)));
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_redis_that_tells_nothing_is_used_and_a_wrong_password_not_shown() {
    let server = Server::start(&[]);
    let _: () = server.send("ACL SETUSER default -config -info");
    assert!(matches!(open_error(&server).await, StoreError::Backend(_)));
    let _: () = server.send("ACL SETUSER default +info");
    let store = RedisStore::open(&server.url()).await.unwrap();
    accept(&store, "c").await.unwrap();

    let url = server.url().replace("//", "//somebody:hunter2@");
    let error = RedisStore::open(&url).await.err().unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn what_was_acknowledged_survives_sigkill() {
    const SENDERS: usize = 16;
    let mut server = Server::start(&[]);
    let store = Arc::new(RedisStore::open(&server.url()).await.unwrap());
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let store = Arc::clone(&store);
            senders.spawn(async move {
                let mut acknowledged = Vec::new();
                loop {
                    let call_id = format!("{round}-{sender}-{}", acknowledged.len());
                    match accept(&store, &call_id).await {
                        Ok(_) => acknowledged.push(call_id),
                        Err(_) => return acknowledged,
                    }
                }
            });
        }
        let enough = async {
            while store.depth().await.unwrap().pending < (round + 1) * 300 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap();
        server.kill();
        let before = Instant::now();
        acknowledged.extend(senders.join_all().await.concat());
        assert!(before.elapsed() < BOUND);
        server.start_again();
        recovered(&store, &format!("again {round}")).await;
    }
    assert!(acknowledged.len() > 1_000);
    for call_id in &acknowledged {
        let again = accept(&store, call_id).await.unwrap();
        assert_eq!(again, Acceptance::Duplicate { altered: false }, "{call_id}");
    }
    let mut found = 0;
    while store.depth().await.unwrap().pending > 0 {
        let leases = lease(&store, 64).await;
        found += conclude_all(&store, leases).await;
    }
    // One per round was written after the crash, and some were written whose answer was lost.
    assert!(found >= acknowledged.len() + 5);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn a_frozen_redis_fails_fast_and_is_used_again() {
    let server = Server::start(&[]);
    let store = Arc::new(RedisStore::open(&server.url()).await.unwrap());
    accept(&store, "before").await.unwrap();
    server.signal(Signal::STOP);
    let mut operations = JoinSet::new();
    for number in 0..40 {
        let store = Arc::clone(&store);
        operations.spawn(async move {
            let before = Instant::now();
            let has_failed = match number % 3 {
                0 => accept(&store, &format!("c{number}")).await.is_err(),
                1 => store.depth().await.is_err(),
                _ => store.check().await.is_err(),
            };
            (has_failed, before.elapsed())
        });
    }
    assert!(store.lease(Task::Handle, 1, HOLD).await.is_err());
    for (has_failed, took) in operations.join_all().await {
        assert!(has_failed && took < BOUND, "{took:?}");
    }
    server.signal(Signal::CONT);
    recovered(&store, "after").await;
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn connections_that_end_and_scripts_that_are_gone_come_back() {
    let server = Server::start(&[]);
    let store = RedisStore::open(&server.url()).await.unwrap();
    for round in 0..5 {
        let _: () = server.send("SCRIPT FLUSH");
        accept(&store, &format!("flushed {round}")).await.unwrap();
        let leases = lease(&store, 1).await;
        assert_eq!(conclude_all(&store, leases).await, 1);

        let _: usize = server.send("CLIENT KILL TYPE normal");
        recovered(&store, &format!("killed {round}")).await;
    }
    // One place, and it is taken.
    let mut other = server.connect();
    let mut send = |words: &str| {
        command(words).query::<Value>(&mut other).unwrap();
    };
    send("CONFIG SET maxclients 1");
    send("CLIENT KILL TYPE normal SKIPME yes");
    let error = refused(&store).await;
    assert!(matches!(error, StoreError::Backend(_)), "{error}");
    send("CONFIG SET maxclients 100");
    recovered(&store, "a place").await;
}

/// The error of a store whose connections have ended, once it has tried to make another.
async fn refused(store: &RedisStore) -> StoreError {
    let _ = accept(store, "lost with its connection").await;
    accept(store, "no place").await.unwrap_err()
}
