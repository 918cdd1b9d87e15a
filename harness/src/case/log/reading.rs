//! The receiver's log during a trial.

use std::time::Duration;

use crate::case::trial::{Stop, Trial};
use crate::error::HarnessError;
use crate::log_tail::LogTail;

/// How long a receiver may keep its lines to itself.
const FLUSHED: Duration = Duration::from_secs(2);
/// How long the lines of earlier cases are waited out.
const CALM: Duration = Duration::from_secs(3);

/// The log from now on.
///
/// # Errors
/// When there is no file, which the receiver may not have made yet.
pub(super) fn from_now_on(trial: &Trial) -> Result<LogTail, Stop> {
    LogTail::new(path(trial)?).map_err(|error| unreadable(&error))
}

/// The log from the moment on at which the lines of earlier cases are written.
///
/// # Errors
/// When there is no file.
pub(super) async fn once_quiet(trial: &Trial) -> Result<LogTail, Stop> {
    LogTail::once_quiet(path(trial)?, CALM)
        .await
        .map_err(|error| unreadable(&error))
}

/// What was logged, once it is all there or nothing more is to be hoped for.
///
/// # Errors
/// When the file cannot be read any more.
pub(super) async fn read(
    log: &LogTail,
    is_all: impl Fn(&str) -> bool + Send,
) -> Result<String, Stop> {
    log.read_until(FLUSHED, is_all)
        .await
        .map_err(|error| unreadable(&error))
}

fn path(trial: &Trial) -> Result<std::path::PathBuf, Stop> {
    let path = trial.scene().log_file.clone();
    path.ok_or_else(|| {
        HarnessError::Internal("a case reads the log without needing it".to_owned()).into()
    })
}

fn unreadable(error: &std::io::Error) -> Stop {
    HarnessError::usage(format!("--log-file: {error}")).into()
}
