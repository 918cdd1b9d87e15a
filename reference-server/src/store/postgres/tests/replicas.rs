//! Several receivers on one database.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use super::*;
use crate::store::{Depth, Scope};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn of_copies_that_come_to_two_receivers_one_wins_and_its_body_counts() {
    const KEYS: usize = 200;
    let database = Database::new().await;
    let stores = [database.open().await, database.open().await];
    let mut copies = JoinSet::new();
    for number in 0..KEYS {
        for turn in 0..4 {
            // Both directions: each receiver is the first to be asked for half of the keys.
            let replica = (number + turn) % 2;
            let store = Arc::clone(&stores[replica]);
            copies.spawn(async move {
                let body = Bytes::from(format!("from {replica}"));
                let accepted = store.accept(key(&number.to_string()), body.clone()).await;
                (number, body, accepted.unwrap())
            });
        }
    }
    let answers = copies.join_all().await;
    let winners: BTreeMap<usize, &Bytes> = answers
        .iter()
        .filter(|(_, _, acceptance)| *acceptance == Acceptance::New)
        .map(|(number, body, _)| (*number, body))
        .collect();
    let new = answers.iter().filter(|(.., a)| *a == Acceptance::New);
    assert_eq!((winners.len(), new.count()), (KEYS, KEYS));
    for (number, body, acceptance) in &answers {
        let altered = body != winners[number];
        let lost = Acceptance::Duplicate { altered };
        assert!(*acceptance == Acceptance::New || *acceptance == lost);
    }
    let leases = lease(&stores[1], 2 * KEYS, HOLD).await;
    assert_eq!(leases.len(), KEYS);
    for lease in leases {
        let number: usize = lease.key.call_id.parse().unwrap();
        assert_eq!(&lease.body, winners[&number]);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn no_event_is_leased_by_two_receivers() {
    const EVENTS: usize = 300;
    let database = Database::new().await;
    let stores = [database.open().await, database.open().await];
    for number in 0..EVENTS {
        accept(&stores[number % 2], &number.to_string())
            .await
            .unwrap();
    }
    let mut workers = JoinSet::new();
    for number in 0..6 {
        let store = Arc::clone(&stores[number % 2]);
        workers.spawn(async move {
            let mut ids = Vec::new();
            // Whoever finds nothing more waits for it in vain.
            while let Ok(leases) = timeout(LULL, lease(&store, 7, HOLD)).await {
                ids.extend(leases.iter().map(|lease| (number % 2, lease.id)));
            }
            ids
        });
    }
    let leased = workers.join_all().await.concat();
    let ids: BTreeSet<i64> = leased.iter().map(|(_, id)| *id).collect();
    assert_eq!((leased.len(), ids.len()), (EVENTS, EVENTS));
    for replica in 0..2 {
        assert!(leased.iter().any(|(by, _)| *by == replica), "both worked");
    }
}

const LULL: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_receiver_finds_what_another_one_took_or_lost() {
    let database = Database::new().await;
    let [one, other] = [database.open().await, database.open().await];
    let waiting = tokio::spawn({
        let other = Arc::clone(&other);
        async move { lease(&other, 1, Duration::ZERO).await.remove(0) }
    });
    accept(&one, "c").await.unwrap();
    let lost = timeout(PATIENCE, waiting).await.unwrap().unwrap();
    let held = lease(&one, 1, HOLD).await.remove(0);
    assert_eq!((lost.attempt, held.attempt), (1, 2));
    assert_eq!(other.conclude(vec![(lost, done())]).await.unwrap(), 0);
    assert_eq!(other.conclude(vec![(held, done())]).await.unwrap(), 1);
    assert_eq!(one.depth().await.unwrap(), Depth::default());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn any_number_may_start_at_once_on_an_empty_database() {
    let database = Database::new().await;
    let mut starts = JoinSet::new();
    for number in 0..8 {
        let url = database.url();
        starts.spawn(async move {
            let store = PostgresStore::open(&url).await.unwrap();
            accept(&store, &number.to_string()).await.unwrap()
        });
    }
    assert_eq!(starts.join_all().await, [Acceptance::New; 8]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn leases_that_nobody_waits_for_are_given_back() {
    let database = Database::new().await;
    let store = database.open().await;
    accept(&store, "c").await.unwrap();
    let mut saboteur = database.client().await;
    let lock = saboteur.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE hamsa.event IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let leasing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { lease(&store, 1, HOLD).await }
    });
    database.blocked(1).await;
    leasing.abort();
    assert!(leasing.await.is_err());
    lock.rollback().await.unwrap();
    let again = timeout(PATIENCE, lease(&store, 1, HOLD)).await.unwrap();
    assert_eq!(again[0].attempt, 1, "the first one never was");
    assert_eq!(
        store
            .conclude(vec![(again[0].clone(), done())])
            .await
            .unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_conclusion_under_way_leaves_nothing_of_a_forgotten_call() {
    let database = Database::new().await;
    let [one, other] = [database.open().await, database.open().await];
    accept(&one, "secret").await.unwrap();
    let leased = lease(&one, 1, HOLD).await.remove(0);
    let mut saboteur = database.client().await;
    let lock = saboteur.transaction().await.unwrap();
    lock.query("SELECT FROM hamsa.work FOR UPDATE", &[])
        .await
        .unwrap();
    let concluding = tokio::spawn(async move {
        let conclusion = Conclusion::Done {
            effect: Some(Effect {
                kind: "k",
                data: json!({}),
            }),
            next: vec![Task::Crm],
        };
        one.conclude(vec![(leased, conclusion)]).await
    });
    database.blocked(1).await;
    let forgetting = tokio::spawn({
        let other = Arc::clone(&other);
        async move { other.forget("secret".to_owned()).await }
    });
    database.blocked(2).await;
    lock.rollback().await.unwrap();
    assert_eq!(concluding.await.unwrap().unwrap(), 1);
    assert_eq!(forgetting.await.unwrap().unwrap(), 1);
    let effects = other.effects(Scope::Prefix(String::new())).await.unwrap();
    assert!(effects.is_empty());
    assert_eq!(other.depth().await.unwrap(), Depth::default());
}
