//! The one place that knows the optional parts: what a cargo feature adds is reached from here, and the core reaches
//! nothing else of it.

use std::sync::Arc;

use axum::Router;

use crate::AppState;
use crate::settings::{RetryPolicy, SettingsError};
use crate::sink::Sink;
use crate::store::{Store, StoreError};

/// The store in a PostgreSQL database.
pub(crate) async fn postgres(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    #[cfg(feature = "postgres")]
    return Ok(Arc::new(crate::store::PostgresStore::open(url).await?));
    #[cfg(not(feature = "postgres"))]
    {
        let _ = url;
        Err(StoreError::Unfit(
            "built without the feature `postgres`".to_owned(),
        ))
    }
}

/// The store in a Redis.
#[cfg(feature = "redis")]
pub(crate) async fn redis(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(crate::store::RedisStore::open(url).await?))
}

/// The store in a Redis.
#[cfg(not(feature = "redis"))]
pub(crate) async fn redis(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let _ = url;
    Err(StoreError::Unfit(
        "built without the feature `redis`".to_owned(),
    ))
}

/// The sinks of the settings file's `[sinks]` table.
pub(crate) fn sinks(
    table: toml::Table,
    retry: &mut RetryPolicy,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Arc<dyn Sink>>, SettingsError> {
    #[cfg(feature = "sinks")]
    {
        crate::sinks::configured(table, retry, &env)
    }
    #[cfg(not(feature = "sinks"))]
    {
        let _ = (table, retry, env);
        Err(SettingsError::Feature {
            key: "sinks",
            feature: "sinks",
        })
    }
}

/// Whether this build has a management listener.
pub(crate) const MANAGES: bool = cfg!(feature = "manage");

/// The routes of the management listener; from now on somebody counts.
#[cfg(feature = "manage")]
pub(crate) fn manage(state: &mut AppState) -> Router {
    crate::manage::manage(state)
}

/// Nothing: settings that ask for it were refused.
#[cfg(not(feature = "manage"))]
pub(crate) fn manage(_: &mut AppState) -> Router {
    Router::new()
}
