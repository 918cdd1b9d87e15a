//! What Redis's errors become.

use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::store::StoreError;

/// A failure in words that repeat no argument of a command: those are personal data.
#[derive(Debug, thiserror::Error)]
#[error("redis: {0}")]
struct Failure(String);

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        if error.is_timeout() {
            return Self::Slow;
        }
        let words = match error.kind() {
            // "unknown command, with args beginning with …"
            ErrorKind::Server(ServerErrorKind::ResponseError)
            // The answer that has not the expected type.
            | ErrorKind::UnexpectedReturnType
            | ErrorKind::Parse => error.category().to_owned(),
            // "OOM: command not allowed when used memory > 'maxmemory'", "MISCONF: …"
            ErrorKind::Server(_) | ErrorKind::Extension => {
                let code = error.code().unwrap_or_default();
                format!("{code}: {}", error.detail().unwrap_or_default())
            }
            _ => error.to_string(),
        };
        Self::Backend(Arc::new(Failure(words)))
    }
}

/// Whether another connection may do better: this one is lost, does not answer, or leads to what became a replica.
pub(super) fn is_lost(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(error: RedisError) -> String {
        let error = StoreError::from(error);
        assert!(!format!("{error:?}").contains("hunter2"));
        error.to_string()
    }

    #[test]
    fn arguments_are_not_repeated_and_reasons_are() {
        let unknown = RedisError::from((
            ServerErrorKind::ResponseError.into(),
            "unknown command",
            "with args beginning with: 'hunter2'".to_owned(),
        ));
        assert!(!shown(unknown).contains("hunter2"));
        let wrong_type = RedisError::from((
            ErrorKind::UnexpectedReturnType,
            "not convertible",
            "hunter2".to_owned(),
        ));
        assert!(!shown(wrong_type).contains("hunter2"));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(shown(RedisError::from(refused)).contains("refused"));
        let late = RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        assert!(is_lost(&late) && matches!(StoreError::from(late), StoreError::Slow));
    }
}
