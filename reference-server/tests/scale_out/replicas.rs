//! Three replicas on one database: copies of one event go to all of them at the same instant, one of them is killed in
//! mid burst, and every acknowledged event has exactly one effect.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use serde_json::Value;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::database::Database;
use crate::event;
use crate::replica::Replica;

const SENDERS: usize = 8;
const EVENTS_PER_SENDER: usize = 60;
const EVENTS: usize = SENDERS * EVENTS_PER_SENDER;
/// The second replica dies when so many events are acknowledged.
const KILL_AT: usize = EVENTS / 3;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Docker"]
async fn three_replicas_on_postgres_take_each_event_once() {
    take_each_event_once(&Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Docker"]
async fn three_replicas_on_redis_take_each_event_once() {
    take_each_event_once(&Database::redis().await).await;
}

/// How the copies of one event were answered.
#[derive(Default, Debug, Clone, Copy)]
struct Copies {
    new: usize,
    duplicate: usize,
    unanswered: usize,
}

impl Copies {
    fn is_acked(self) -> bool {
        self.new + self.duplicate > 0
    }
}

async fn take_each_event_once(database: &Database) {
    let store = database.store.as_str();
    // All three start on an empty database at once.
    let (first, second, third) = tokio::join!(
        Replica::start(store),
        Replica::start(store),
        Replica::start(store)
    );
    let replicas = Arc::new([first, second, third]);
    let acked = Arc::new(AtomicUsize::new(0));
    let start = Arc::new(Barrier::new(SENDERS));
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (replicas, acked, start) = (replicas.clone(), acked.clone(), start.clone());
        senders.spawn(async move {
            start.wait().await;
            let mut sent = Vec::new();
            for n in 0..EVENTS_PER_SENDER {
                let call_id = format!("shared-{sender}-{n}");
                let copies = to_all(&replicas, &event(&call_id)).await;
                acked.fetch_add(usize::from(copies.is_acked()), Ordering::SeqCst);
                sent.push((call_id, copies));
            }
            sent
        });
    }
    while acked.load(Ordering::SeqCst) < KILL_AT {
        tokio::task::yield_now().await;
    }
    assert_eq!(replicas[1].container.kill().await, 128 + 9);
    let at_kill = acked.load(Ordering::SeqCst);
    let sent: BTreeMap<String, Copies> = senders.join_all().await.into_iter().flatten().collect();

    assert!(at_kill < EVENTS, "the burst was over before the kill");
    let cut = sent.values().filter(|copies| copies.unanswered > 0).count();
    assert!(cut > 0, "no copy met the dying replica");
    for (call_id, copies) in &sent {
        // The one answer that says it was new may have died with its replica.
        let is_decided = copies.new == 1 || (copies.new == 0 && copies.unanswered > 0);
        assert!(copies.is_acked() && is_decided, "{call_id}: {copies:?}");
    }
    let effects = replicas[0].settled("shared-", EVENTS).await;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for effect in &effects {
        *counts
            .entry(effect["callId"].as_str().unwrap())
            .or_default() += 1;
    }
    assert!(
        counts.values().all(|count| *count == 1),
        "doubled: {counts:?}"
    );
    assert!(counts.into_keys().eq(sent.keys()), "lost or unexpected");
    assert_eq!(replicas[2].settled("shared-", EVENTS).await, effects);

    // The sender comes again, to one that lives.
    for call_id in sent.keys() {
        let answer = replicas[2].deliver(&event(call_id)).await.unwrap();
        assert_eq!(answer.1["duplicate"], true, "{call_id}: {answer:?}");
    }
    assert_eq!(replicas[0].settled("shared-", EVENTS).await.len(), EVENTS);
}

async fn to_all(replicas: &[Replica; 3], event: &Value) -> Copies {
    let [first, second, third] = replicas;
    let (first, second, third) = tokio::join!(
        first.deliver(event),
        second.deliver(event),
        third.deliver(event)
    );
    let mut copies = Copies::default();
    for answer in [first, second, third] {
        match answer {
            Ok((StatusCode::OK, body)) if body["duplicate"] == true => copies.duplicate += 1,
            Ok((StatusCode::OK, _)) => copies.new += 1,
            Ok((status, body)) => panic!("{status}: {body}"),
            Err(_) => copies.unanswered += 1,
        }
    }
    copies
}
