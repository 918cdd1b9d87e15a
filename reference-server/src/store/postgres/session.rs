//! One connection: prepared statements, one transaction each, within a time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Connection, Row, Statement, Transaction};

use super::failure::is_victim;
use crate::store::StoreError;

/// How often a statement is sent again that was rolled back for the sake of another.
const RETRIES: usize = 4;

/// Runs the connection; ends when that is lost, or when its session is dropped.
pub(super) type Driver = JoinHandle<Result<(), tokio_postgres::Error>>;

/// Parameters of a statement.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

pub(super) struct Session {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
    driver: AbortHandle,
    limit: Duration,
}

impl Session {
    pub(super) fn new<S, T>(
        client: Client,
        connection: Connection<S, T>,
        limit: Duration,
    ) -> (Self, Driver)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let driver = tokio::spawn(connection);
        let session = Self {
            client,
            statements: Mutex::default(),
            driver: driver.abort_handle(),
            limit,
        };
        (session, driver)
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// For several statements that belong together. Nobody else may use the session then.
    pub(super) async fn transaction(&mut self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.client.transaction().await?)
    }

    /// Runs one statement as a transaction of its own; returns after its commit.
    pub(super) async fn query(
        &self,
        sql: &'static str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(sql).await?;
        for _ in 0..RETRIES {
            match self.client.query(&statement, parameters).await {
                // Rolled back whole, so it can be sent again as it is.
                Err(error) if is_victim(&error) => {}
                answer => return Ok(answer?),
            }
        }
        Ok(self.client.query(&statement, parameters).await?)
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement, StoreError> {
        let known = self.statements().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements().insert(sql, statement.clone());
        Ok(statement)
    }

    fn statements(&self) -> MutexGuard<'_, HashMap<&'static str, Statement>> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Bounds what is done with this session. When the database is silent for so long, the connection is given up: whatever
    /// would be sent behind the statement would wait for it.
    pub(super) async fn bounded<T>(
        &self,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(self.limit, doing).await.unwrap_or_else(|_| {
            self.driver.abort();
            Err(StoreError::Slow)
        })
    }
}
