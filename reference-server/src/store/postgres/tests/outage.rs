//! A database that fails, is away, or hangs.

use std::time::Instant;

use tokio::sync::{Semaphore, oneshot};

use super::*;
use crate::store::digest::digest;
use crate::store::postgres::accept::accept as accept_batch;
use crate::store::postgres::endpoint::Endpoint;
use crate::store::postgres::lane::Delivery;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_lost_connection_fails_fast_and_comes_back() {
    let database = Database::new().await;
    let store = database.open().await;
    accept(&store, "before").await.unwrap();
    let may_connect = async |may: bool| {
        let alter = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {may}", database.name);
        database.of_server(&alter).await;
    };
    may_connect(false).await;
    let terminate = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
        database.name
    );
    database.of_server(&terminate).await;
    let start = Instant::now();
    for _ in 0..3 {
        let refused = accept(&store, "meanwhile").await;
        assert!(
            matches!(refused, Err(StoreError::Backend(_))),
            "{refused:?}"
        );
        assert!(store.check().await.is_err());
        assert!(store.depth().await.is_err());
        assert!(store.lease(Task::Handle, 1, HOLD).await.is_err());
    }
    assert!(start.elapsed() < Duration::from_secs(2), "told at once");
    assert!(timeout(Duration::ZERO, store.ended()).await.is_err());

    may_connect(true).await;
    let back = async {
        while accept(&store, "after").await.is_err() || store.depth().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
        while store.check().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, back).await.expect("it comes back");
    let known = Acceptance::Duplicate { altered: false };
    assert_eq!(accept(&store, "before").await.unwrap(), known);
    assert_eq!(accept(&store, "after").await.unwrap(), known);
    assert_eq!(lease(&store, 9, HOLD).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_hangs_is_told_in_time() {
    let database = Database::new().await;
    let store = database.open().await;
    let mut saboteur = database.client().await;
    let lock = saboteur.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE hamsa.event, hamsa.layout IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let start = Instant::now();
    let first = tokio::spawn({
        let store = Arc::clone(&store);
        async move { accept(&store, "first").await }
    });
    database.blocked(1).await;
    // The second waits behind the first, and falls with it.
    let (second, check) = tokio::join!(accept(&store, "second"), store.check());
    for answer in [first.await.unwrap().map(|_| ()), second.map(|_| ()), check] {
        assert!(matches!(answer, Err(StoreError::Slow)), "{answer:?}");
    }
    assert!(
        start.elapsed() < Duration::from_secs(6),
        "{:?}",
        start.elapsed()
    );
    lock.rollback().await.unwrap();
    let back = async {
        while accept(&store, "first").await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, back)
        .await
        .expect("it takes events again");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn the_queue_is_bounded_by_bytes() {
    let database = Database::new().await;
    let store = database.open().await;
    let mut saboteur = database.client().await;
    let lock = saboteur.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE hamsa.event IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let body = Bytes::from(vec![b'x'; 8 << 20]);
    // Eight of 8 MiB, keys included, are more than 64 MiB.
    let accepts = (0..8).map(|number: u8| store.accept(key(&number.to_string()), body.clone()));
    let answers = futures_util::future::join_all(accepts).await;
    assert!(matches!(answers[7], Err(StoreError::Full)), "{answers:?}");
    assert!(matches!(answers[6], Err(StoreError::Slow)), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_failed_batch_leaves_no_trace() {
    let database = Database::new().await;
    let store = database.open().await;
    let saboteur = database.client().await;
    let rename = async |from: &str, to: &str| {
        let alter = format!("ALTER TABLE hamsa.{from} RENAME TO {to}");
        saboteur.batch_execute(&alter).await.unwrap();
    };
    rename("work", "hidden").await;
    let failed = accept(&store, "c").await;
    assert!(matches!(failed, Err(StoreError::Backend(_))), "{failed:?}");
    rename("hidden", "work").await;
    // Were the key used up, the sender's next copy would be taken for a duplicate and lost.
    assert_eq!(accept(&store, "c").await.unwrap(), Acceptance::New);
}

/// The batch waits for the second of three keys while another session waits for the first of them and holds the last.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_batch_that_was_sacrificed_to_another_is_sent_again() {
    let database = Database::new().await;
    let _store = database.open().await;
    let quick = format!(
        "ALTER DATABASE {} SET deadlock_timeout = '50ms'",
        database.name
    );
    database.of_server(&quick).await;
    let (session, _driver) = Endpoint::of(&database.url())
        .unwrap()
        .connect(PATIENCE)
        .await
        .unwrap();
    let mut batch: Vec<Delivery> = ["a", "b", "c"].map(delivery).into();
    batch.sort_by_key(|delivery| delivery.hash);
    let hashes: Vec<Vec<u8>> = batch.iter().map(|d| d.hash.to_vec()).collect();

    const INSERT: &str = "INSERT INTO hamsa.event (key_hash) VALUES ($1)";
    let (mut middle, mut other) = (database.client().await, database.client().await);
    other
        .batch_execute("SET deadlock_timeout = '1h'")
        .await
        .unwrap();
    let middle = middle.transaction().await.unwrap();
    middle.execute(INSERT, &[&hashes[1]]).await.unwrap();
    let other = other.transaction().await.unwrap();
    other.execute(INSERT, &[&hashes[2]]).await.unwrap();

    let batch = tokio::spawn(async move { accept_batch(&session, &batch).await });
    database.blocked(1).await;
    let closing_the_circle = async { other.execute(INSERT, &[&hashes[0]]).await };
    let release = async {
        database.blocked(2).await;
        middle.rollback().await.unwrap();
    };
    let (inserted, ()) = tokio::join!(closing_the_circle, release);
    inserted.expect("the batch was rolled back");
    other.rollback().await.unwrap();
    assert_eq!(batch.await.unwrap().unwrap(), [Acceptance::New; 3]);
}

fn delivery(call_id: &str) -> Delivery {
    let memory = Arc::new(Semaphore::new(1));
    Delivery {
        hash: digest(&key(call_id)),
        key: key(call_id),
        body: Bytes::new(),
        reply: oneshot::channel().0,
        share: memory.try_acquire_owned().unwrap(),
    }
}
