//! A connection that many share, and that comes back by itself.
//!
//! The library's own connection manager keeps the outcome of a connect that the server refused, and so stays useless after
//! "too many clients"; and it keeps a connection whose answers do not come. Here whatever fails so ends the connection, and
//! the next operation makes another. No operation is repeated: a script whose answer was lost may have run.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, Pipeline, RedisResult, ScriptInvocation, Value,
    cmd,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::error::is_lost;
use crate::store::StoreError;

/// For TCP, TLS and authentication together.
const CONNECT_TIME: Duration = Duration::from_secs(1);
/// For one answer.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// For an operation with all there is to it. The receiver gives a store three seconds.
const WHOLE_TIME: Duration = Duration::from_millis(2_500);
/// After so long without use a connection is tried first: it may have ended, or lead nowhere.
const IDLE_TIME: Duration = Duration::from_secs(1);
const TRIAL_TIME: Duration = Duration::from_millis(500);

pub(super) struct Link {
    client: Client,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    connection: Option<(MultiplexedConnection, Instant)>,
    /// Of the connection: an error of an older one does not end it.
    serial: u64,
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            current: Mutex::default(),
        }
    }

    /// Runs a script, and loads it first where Redis does not know it.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        self.ask(async |mut connection| script.invoke_async(&mut connection).await)
            .await
    }

    /// Sends commands together; the answer is a list of theirs.
    pub(super) async fn send<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<T, StoreError> {
        self.ask(async |mut connection| commands.query_async(&mut connection).await)
            .await
    }

    /// Asks whatever takes a connection, within bounded time.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        let asking = async {
            let (connection, serial) = self.connection().await?;
            let answer = question(connection).await;
            if answer.as_ref().is_err_and(is_lost) {
                self.drop_connection(serial).await;
            }
            answer
        };
        Ok(timeout(WHOLE_TIME, asking)
            .await
            .map_err(|_| StoreError::Slow)??)
    }

    /// The connection, made anew where there is none. Others wait meanwhile rather than make one each.
    async fn connection(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut current = self.current.lock().await;
        let serial = current.serial;
        if let Some((connection, used)) = &mut current.connection
            && (used.elapsed() < IDLE_TIME || is_alive(connection).await)
        {
            *used = Instant::now();
            return Ok((connection.clone(), serial));
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIME))
            .set_response_timeout(Some(ANSWER_TIME));
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let serial = serial + 1;
        *current = Current {
            connection: Some((connection.clone(), Instant::now())),
            serial,
        };
        Ok((connection, serial))
    }

    async fn drop_connection(&self, serial: u64) {
        let mut current = self.current.lock().await;
        if current.serial == serial {
            current.connection = None;
        }
    }
}

async fn is_alive(connection: &mut MultiplexedConnection) -> bool {
    let ping = cmd("PING");
    let answer = timeout(TRIAL_TIME, ping.query_async::<Value>(connection)).await;
    matches!(answer, Ok(Ok(_)))
}
