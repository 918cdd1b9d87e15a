//! Which store to open: the `--store` value.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::{MemoryStore, SqliteStore, Store, StoreError};
use crate::shown::shown;

/// A parsed `--store` value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreTarget {
    /// `memory`: nothing survives the process; for tests and trials.
    Memory,
    /// `sqlite:PATH`: one file, created when it does not exist.
    Sqlite(PathBuf),
}

/// A `--store` value that names no store of this build.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this receiver has no store for `{}`; use sqlite:PATH or memory",
    shown(scheme)
)]
pub struct StoreTargetError {
    /// The part before the first colon; what follows may hold a password.
    scheme: String,
}

impl StoreTarget {
    /// Opens the store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be opened, is no database or belongs to a newer version.
    pub fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Memory => Arc::new(MemoryStore::default()),
            Self::Sqlite(path) => Arc::new(SqliteStore::open(path)?),
        })
    }
}

impl FromStr for StoreTarget {
    type Err = StoreTargetError;

    fn from_str(text: &str) -> Result<Self, StoreTargetError> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            // To SQLite that is no file, and would be three databases for three connections.
            Some(("sqlite", path)) if !path.is_empty() && path != ":memory:" => {
                Ok(Self::Sqlite(path.into()))
            }
            Some((scheme, _)) => Err(StoreTargetError {
                scheme: scheme.to_owned(),
            }),
            None => Err(StoreTargetError {
                scheme: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_stores_parse_and_others_are_named_without_their_password() {
        assert_eq!("memory".parse(), Ok(StoreTarget::Memory));
        assert_eq!(
            "sqlite:a/b.db".parse(),
            Ok(StoreTarget::Sqlite("a/b.db".into()))
        );
        for text in [
            "postgres://user:hunter2@db/x",
            "redis://x",
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
