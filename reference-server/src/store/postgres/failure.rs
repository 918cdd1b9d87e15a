//! What of a database's errors is shown.

use std::error::Error;
use std::sync::Arc;

use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// The server's own text stays in, its details do not: they quote rows, and rows hold personal data.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

pub(super) fn failure(text: impl Into<String>) -> StoreError {
    StoreError::Backend(Arc::new(Failure(text.into())))
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refusal) = error.as_db_error() {
            let code = refusal.code();
            if *code == SqlState::QUERY_CANCELED {
                return Self::Slow;
            }
            return failure(format!("{} (SQLSTATE {})", refusal.message(), code.code()));
        }
        match error.source() {
            Some(cause) => failure(format!("{error}: {cause}")),
            None => failure(error.to_string()),
        }
    }
}

/// Whether the transaction was rolled back for the sake of another one, and may succeed when it is sent again.
pub(super) fn is_victim(error: &tokio_postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE)
    )
}
