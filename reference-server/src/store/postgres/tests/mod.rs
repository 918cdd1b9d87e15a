//! What only this backend must keep, and the contract suite. Each test has a database of its own on the server that
//! `HAMSA_TEST_POSTGRES` names.

mod content;
mod outage;
mod refusal;
mod replicas;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use super::PostgresStore;
use crate::store::{Acceptance, Conclusion, Effect, Lease, Store, StoreError, Task};

const HOLD: Duration = Duration::from_secs(60);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A database of one test; dropped with it.
struct Database {
    server: Config,
    name: String,
}

impl Database {
    async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("HAMSA_TEST_POSTGRES").expect("HAMSA_TEST_POSTGRES is a URL");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hamsa_test_{}_{number}", std::process::id());
        let server: Config = url.parse().unwrap();
        let database = Self { server, name };
        let create = format!("CREATE DATABASE {}", database.name);
        database.of_server(&create).await;
        database
    }

    /// What cannot be done from within the database.
    async fn of_server(&self, sql: &str) {
        connect(&self.server)
            .await
            .batch_execute(sql)
            .await
            .unwrap();
    }

    async fn client(&self) -> Client {
        let mut config = self.server.clone();
        connect(config.dbname(&self.name)).await
    }

    fn url(&self) -> String {
        self.url_with(std::str::from_utf8(self.server.get_password().unwrap_or(b"")).unwrap())
    }

    fn url_with(&self, password: &str) -> String {
        let [Host::Tcp(host)] = self.server.get_hosts() else {
            panic!("one host");
        };
        let user = self.server.get_user().unwrap();
        let port = self.server.get_ports().first().unwrap_or(&5432);
        format!(
            "postgres://{user}:{password}@{host}:{port}/{}?sslmode=disable",
            self.name
        )
    }

    async fn open(&self) -> Arc<PostgresStore> {
        Arc::new(PostgresStore::open(&self.url()).await.unwrap())
    }

    /// Waits until so many sessions wait for a lock.
    async fn blocked(&self, sessions: i64) {
        let client = self.client().await;
        let waiting = async {
            loop {
                let row = client
                    .query_one(
                        "SELECT count(*) FROM pg_stat_activity
                         WHERE datname = current_database() AND wait_event_type = 'Lock'",
                        &[],
                    )
                    .await
                    .unwrap();
                if row.get::<_, i64>(0) == sessions {
                    return;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("they wait");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let server = self.server.clone();
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        // The test's runtime cannot be waited on here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { connect(&server).await.batch_execute(&drop).await })
        });
        let _ = dropping.join();
    }
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn key(call_id: &str) -> IdempotencyKey {
    IdempotencyKey {
        call_id: call_id.to_owned(),
        event_type: "call.ended".to_owned(),
        timestamp: "t".to_owned(),
    }
}

async fn accept(store: &PostgresStore, call_id: &str) -> Result<Acceptance, StoreError> {
    store.accept(key(call_id), Bytes::from_static(b"{}")).await
}

async fn lease(store: &PostgresStore, limit: usize, hold: Duration) -> Vec<Lease> {
    store.lease(Task::Handle, limit, hold).await.unwrap()
}

fn done() -> Conclusion {
    Conclusion::Done {
        effect: Some(Effect {
            kind: "k",
            data: json!({}),
        }),
        next: Vec::new(),
    }
}

async fn open_new() -> (Arc<dyn Store>, Database) {
    let database = Database::new().await;
    (database.open().await, database)
}

mod contract {
    crate::store::contract::contract_suite!(
        #[ignore = "needs PostgreSQL"]
        super::open_new
    );
}
