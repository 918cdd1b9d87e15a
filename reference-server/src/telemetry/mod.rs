//! Logs on stderr: one line per delivery with type, callId, timestamp and client address (G-OPS-01).
//!
//! Never the `Authorization` value and never body content (D-05). And never at the price of an answer: lines go
//! through an outlet that neither waits nor fails.

mod outlet;
mod refusals;

use std::fmt;

use hamsa_schemas::IdempotencyKey;
use serde::Deserialize;
use tracing_subscriber::filter::LevelFilter;

use outlet::Outlet;
pub(crate) use refusals::Refusals;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Failures that need somebody.
    Error,
    /// Refusals, retries and dead letters too.
    Warn,
    /// Every delivery too.
    #[default]
    Info,
    /// Duplicates with other bytes and handled events too.
    Debug,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Writes what waits when it is dropped, at the end of the process; gives up after a second.
#[must_use = "dropping it writes the last lines"]
pub struct LastLines(Outlet);

impl Drop for LastLines {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Starts logging; a second call in one process changes nothing.
pub fn init(level: LogLevel, format: LogFormat) -> LastLines {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let outlet = Outlet::start(std::io::stderr());
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(outlet.clone())
        // The subscriber would tell of a failed write on stderr, which panics where stderr is what failed.
        .log_internal_errors(false)
        .with_target(false);
    // An embedding program may have its own subscriber; that one stays.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    LastLines(outlet)
}

/// Text from outside, escaped and cut, so that a hostile id can neither forge nor flood the log.
pub(crate) struct Outside<'a>(pub(crate) &'a str);

impl fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS: usize = 100;
        match self.0.char_indices().nth(SHOWN_CHARS) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}… ({} bytes)", &self.0[..end], self.0.len()),
        }
    }
}

/// The three strings of a key as log fields.
pub(crate) struct KeyFields<'a> {
    pub(crate) event_type: Outside<'a>,
    pub(crate) call_id: Outside<'a>,
    pub(crate) timestamp: Outside<'a>,
}

impl<'a> From<&'a IdempotencyKey> for KeyFields<'a> {
    fn from(key: &'a IdempotencyKey) -> Self {
        Self {
            event_type: Outside(&key.event_type),
            call_id: Outside(&key.call_id),
            timestamp: Outside(&key.timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_escaped_and_cut() {
        assert_eq!(
            format!("{:?}", Outside("a\n\u{1b}[31m")),
            r#""a\n\u{1b}[31m""#
        );
        let long = "é".repeat(500);
        let shown = format!("{:?}", Outside(&long));
        assert!(
            shown.ends_with("… (1000 bytes)") && shown.chars().count() < 130,
            "{shown}"
        );
    }
}
