//! The settings file: its keys, and how its errors are told.
//!
//! A parser shows the line that it stumbled over. Where somebody wrote the secret into the file, that line has it, so
//! only its place is told.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::SettingsError;
use crate::networks::Networks;
use crate::shown::shown;
use crate::telemetry::{LogFormat, LogLevel};

/// The settings file. Each key is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) listen: Option<SocketAddr>,
    pub(super) path: Option<String>,
    pub(super) store: Option<String>,
    pub(super) auth_env: Option<String>,
    pub(super) auth_file: Option<PathBuf>,
    pub(super) no_auth: Option<bool>,
    pub(super) expose_effects: Option<bool>,
    pub(super) workers: Option<usize>,
    pub(super) allow: Option<Networks>,
    pub(super) trusted_proxies: Option<Networks>,
    pub(super) unauthenticated_per_minute: Option<u32>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) body_limit_bytes: Option<usize>,
    pub(super) body_seconds: Option<u64>,
    pub(super) head_seconds: Option<u64>,
    pub(super) max_connections: Option<usize>,
    pub(super) max_connections_per_client: Option<usize>,
    pub(super) lease_seconds: Option<u64>,
    pub(super) attempts: Option<u32>,
    pub(super) backoff_ms: Option<u64>,
    pub(super) retention_hours: Option<u64>,
    pub(super) sinks: Option<toml::Table>,
    pub(super) manage: Option<SocketAddr>,
    pub(super) shutdown_seconds: Option<u64>,
    pub(super) log: Option<LogLevel>,
    pub(super) log_format: Option<LogFormat>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let path_buf = || path.to_owned();
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path_buf(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| SettingsError::File {
            path: path_buf(),
            reason: reason(&text, &source),
        })
    }
}

/// Message and place of an error, without values.
fn reason(text: &str, error: &toml::de::Error) -> String {
    let said = without_values(error);
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return said;
    };
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column}: {said}")
}

/// What a parser's message says. Of what it quotes only the name of an unknown or missing key remains.
pub(crate) fn without_values(error: &toml::de::Error) -> String {
    let message = error.message().lines().next().unwrap_or_default();
    let is_about_a_key = ["unknown field", "missing field"]
        .iter()
        .any(|start| message.starts_with(start));
    let mut said = String::new();
    let mut is_quoted = false;
    for piece in message.split_inclusive(['"', '`']) {
        // What stands in backticks behind `expected` is the parser's own.
        let is_own = is_about_a_key || said.contains("expected");
        if !is_quoted || (is_own && piece.ends_with('`')) {
            said.push_str(piece);
        } else {
            said.push('…');
            said.extend(piece.chars().last());
        }
        is_quoted = is_quoted != piece.ends_with(['"', '`']);
    }
    shown(&said).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_place_and_reason_and_no_value() {
        for (text, said) in [
            (
                "lisen = 1",
                "line 1, column 1: unknown field `lisen`, expected one of `listen`",
            ),
            (
                "path = \"/a\"\nworkers = \"t0k3n\"",
                "line 2, column 11: invalid type",
            ),
            ("log = \"t0k3n\"", "expected one of `off`"),
            ("allow = [\"t0k3n\"]", "line 1"),
            ("Bearer t0k3n", "line 1"),
            ("auth_env = Bearer t0k3n", "line 1"),
            ("x = \"Bearer t0k3n", "line 1"),
            ("t0k3n\" = \"`t0k3n\"", "line 1"),
            ("listen = \"Bearer t0k3n\"", "line 1, column 10"),
        ] {
            let error = toml::from_str::<File>(text).unwrap_err();
            let reason = reason(text, &error);
            assert!(reason.contains(said), "{text}: {reason}");
            assert!(!reason.contains("t0k3n"), "{text}: {reason}");
        }
    }
}
