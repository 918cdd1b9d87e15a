//! What only this backend must keep, and the contract suite. Each test has a database of its own on the server that
//! `HAMSA_TEST_POSTGRES` names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, Config, NoTls};

use super::PostgresStore;
use crate::store::Store;

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
        let create = format!("CREATE DATABASE {name}");
        connect(&server).await.batch_execute(&create).await.unwrap();
        Self { server, name }
    }

    fn config(&self) -> Config {
        let mut config = self.server.clone();
        config.dbname(&self.name);
        config
    }

    async fn client(&self) -> Client {
        connect(&self.config()).await
    }

    fn url(&self) -> String {
        let config = self.config();
        let [tokio_postgres::config::Host::Tcp(host)] = config.get_hosts() else {
            panic!("one host");
        };
        let password = config.get_password().unwrap_or_default();
        format!(
            "postgres://{}:{}@{host}:{}/{}?sslmode=disable",
            config.get_user().unwrap(),
            std::str::from_utf8(password).unwrap(),
            config.get_ports().first().unwrap_or(&5432),
            self.name
        )
    }

    async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.url()).await.unwrap()
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

async fn open_new() -> (Arc<dyn Store>, Database) {
    let database = Database::new().await;
    (Arc::new(database.open().await), database)
}

mod contract {
    crate::store::contract::contract_suite!(
        #[ignore = "needs PostgreSQL"]
        super::open_new
    );
}
