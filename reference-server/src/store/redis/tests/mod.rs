//! The contract suite over Redis, and what only this backend must keep.
//!
//! The Redis is that of `HAMSA_TEST_REDIS`, a URL; each test has a prefix of its own there. Tests that stop, fill or configure one start
//! their own `redis-server`.

mod failures;
mod filling;
mod replicas;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use serde_json::json;

use super::RedisStore;
use crate::store::agenda::now_ms;
use crate::store::{Acceptance, Conclusion, Effect, Lease, Store, StoreError, Task};

const HOLD: Duration = Duration::from_secs(60);
/// For what must happen at some time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A prefix in the Redis of the environment; what is under it goes with it.
struct Prefix {
    redis: String,
    name: String,
}

impl Prefix {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let redis = std::env::var("HAMSA_TEST_REDIS").expect("HAMSA_TEST_REDIS has a Redis's URL");
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self {
            redis,
            name: format!("test-{process}-{count}-{}", now_ms()),
        }
    }

    async fn open(&self) -> Arc<RedisStore> {
        let url = format!("{}?prefix={}", self.redis, self.name);
        Arc::new(RedisStore::open(&url).await.unwrap())
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        let mut redis = redis::Client::open(self.redis.as_str())
            .and_then(|client| client.get_connection())
            .unwrap();
        let mut scan = redis::cmd("SCAN");
        scan.cursor_arg(0)
            .arg(("MATCH", format!("{{{}}}:*", self.name), "COUNT", 1_000));
        let names: Vec<String> = scan.iter(&mut redis).unwrap().map(Result::unwrap).collect();
        for names in names.chunks(500) {
            let _: () = redis::cmd("UNLINK").arg(names).query(&mut redis).unwrap();
        }
    }
}

async fn open() -> (Arc<dyn Store>, Prefix) {
    let prefix = Prefix::new();
    (prefix.open().await, prefix)
}

crate::store::contract::contract_suite!(
    #[ignore = "needs Redis"]
    open
);

fn key(call_id: &str) -> IdempotencyKey {
    IdempotencyKey {
        call_id: call_id.to_owned(),
        event_type: "call.ended".to_owned(),
        timestamp: "t".to_owned(),
    }
}

async fn accept(store: &RedisStore, call_id: &str) -> Result<Acceptance, StoreError> {
    store.accept(key(call_id), Bytes::from_static(b"{}")).await
}

async fn accept_all(store: &RedisStore, count: usize) {
    for number in 0..count {
        accept(store, &format!("c{number:03}")).await.unwrap();
    }
}

async fn lease(store: &RedisStore, limit: usize) -> Vec<Lease> {
    let leasing = store.lease(Task::Handle, limit, HOLD);
    tokio::time::timeout(PATIENCE, leasing)
        .await
        .expect("there is work")
        .unwrap()
}

fn done(data: serde_json::Value) -> Conclusion {
    Conclusion::Done {
        effect: Some(Effect { kind: "k", data }),
        next: Vec::new(),
    }
}

async fn conclude_all(store: &RedisStore, leases: Vec<Lease>) -> usize {
    let leases = leases.into_iter().map(|lease| (lease, done(json!({}))));
    store.conclude(leases.collect()).await.unwrap()
}
