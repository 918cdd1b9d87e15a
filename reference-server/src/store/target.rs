//! Which store to open: the `--store` value.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::{MemoryStore, SqliteStore, Store, StoreError};
use crate::extras;
use crate::shown::shown;

/// A parsed `--store` value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreTarget {
    /// `memory`: nothing survives the process; for tests and trials.
    Memory,
    /// `sqlite:PATH`: one file, created when it does not exist.
    Sqlite(PathBuf),
    /// `postgres://…`: a database that any number of receivers share.
    Postgres(DatabaseUrl),
    /// `redis://…`: a Redis that any number of receivers share.
    Redis(DatabaseUrl),
}

/// Where a database is, and often its password: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole URL, password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(redacted)")
    }
}

/// A `--store` value that names no store of this build.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreTargetError {
    /// There is no such store.
    #[error(
        "this receiver has no store for `{}`; use sqlite:PATH, memory, postgres://… or redis://…",
        shown(.0)
    )]
    Unknown(
        /// The part before the first colon; what follows may hold a password.
        String,
    ),
    /// This build has not that store.
    #[error("this receiver was built without the feature `{0}`")]
    Feature(&'static str),
}

impl StoreTarget {
    /// Opens the store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file or database cannot be opened, is no store, belongs to another version, or is set up so
    /// that it would not keep what an acknowledgement promises.
    pub async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Memory => Arc::new(MemoryStore::default()),
            Self::Sqlite(path) => Arc::new(SqliteStore::open(path)?),
            Self::Postgres(url) => extras::postgres(url.expose()).await?,
            Self::Redis(url) => extras::redis(url.expose()).await?,
        })
    }
}

impl FromStr for StoreTarget {
    type Err = StoreTargetError;

    fn from_str(text: &str) -> Result<Self, StoreTargetError> {
        let url = || DatabaseUrl(text.to_owned());
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            // To SQLite that is no file, and would be three databases for three connections.
            Some(("sqlite", path)) if !path.is_empty() && path != ":memory:" => {
                Ok(Self::Sqlite(path.into()))
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => built(
                Self::Postgres(url()),
                "postgres",
                cfg!(feature = "postgres"),
            ),
            Some(("redis" | "rediss", rest)) if rest.starts_with("//") => {
                built(Self::Redis(url()), "redis", cfg!(feature = "redis"))
            }
            Some((scheme, _)) => Err(StoreTargetError::Unknown(scheme.to_owned())),
            None => Err(StoreTargetError::Unknown(text.to_owned())),
        }
    }
}

fn built(
    target: StoreTarget,
    feature: &'static str,
    is_built: bool,
) -> Result<StoreTarget, StoreTargetError> {
    if is_built {
        Ok(target)
    } else {
        Err(StoreTargetError::Feature(feature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_stores_parse() {
        assert_eq!("memory".parse(), Ok(StoreTarget::Memory));
        assert_eq!(
            "sqlite:a/b.db".parse(),
            Ok(StoreTarget::Sqlite("a/b.db".into()))
        );
    }

    #[test]
    fn no_password_is_shown() {
        for text in ["postgres://user:hunter2@db/x", "rediss://:hunter2@db"] {
            match text.parse::<StoreTarget>() {
                Ok(target) => assert!(!format!("{target:?}").contains("hunter2")),
                Err(error) => assert!(matches!(error, StoreTargetError::Feature(_))),
            }
        }
        for text in [
            "mysql://user:hunter2@db/x",
            "postgres:hunter2",
            "sqlite:",
            "sqlite::memory:",
            "Bearer hunter2",
            "sqlite",
            "",
        ] {
            let message = text.parse::<StoreTarget>().unwrap_err().to_string();
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
