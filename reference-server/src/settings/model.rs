//! What can be set, the defaults, and which combinations are refused.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::SettingsError;
use crate::auth::Auth;
use crate::extras;
use crate::networks::Networks;
use crate::sink::Sink;
use crate::store::StoreTarget;
use crate::telemetry::{LogFormat, LogLevel};
use crate::transport::Transport;

/// They share one store; more than a few only wait for each other.
const MOST_WORKERS: usize = 1_024;
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Everything a receiver needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Path of the webhook, starting with `/`.
    pub path: String,
    /// Where events are kept.
    pub store: StoreTarget,
    /// Who may deliver.
    pub auth: Auth,
    /// The file that `auth` was read from; read again when it changes.
    pub auth_file: Option<PathBuf>,
    /// Whether `/effects` and `/calls/{callId}` are served.
    pub expose_effects: bool,
    /// Worker tasks; 0 stores events without handling them.
    pub workers: usize,
    /// Client addresses that may deliver; empty admits everybody.
    pub allow: Networks,
    /// Proxies whose `X-Forwarded-For` is believed; empty believes none.
    pub trusted_proxies: Networks,
    /// Requests per minute and client address that may be refused before the answer is 429; 0 is no limit.
    pub unauthenticated_per_minute: u32,
    /// Plain or by TLS.
    pub transport: Transport,
    /// Largest accepted body in bytes.
    pub body_limit: usize,
    /// Longest time for a whole body to arrive.
    pub body_time: Duration,
    /// Longest time for a whole request head to arrive.
    pub head_time: Duration,
    /// Connections at once; fewer where the process may not have as many file descriptors.
    pub max_connections: usize,
    /// Connections at once of one client address that is no trusted proxy; 0 is no limit.
    pub max_connections_per_client: usize,
    /// How long a worker may take for a batch before it is given to another; at least a second. So long waits the work of
    /// a receiver that died, where others share its store.
    pub lease: Duration,
    /// How failed handling is repeated.
    pub retry: RetryPolicy,
    /// How long keys and records are kept after an event was received; at least 24 hours (G-IDEM-06, A-26).
    pub retention: Duration,
    /// Who is told of effects; nobody until configured.
    pub sinks: Vec<Arc<dyn Sink>>,
    /// How failed deliveries to a sink are repeated.
    pub sink_retry: RetryPolicy,
    /// Address of the management listener, apart from the public one; port 0 picks a free one. None until configured.
    pub manage: Option<SocketAddr>,
    /// How long in-flight work may take after a stop signal.
    pub shutdown_grace: Duration,
    /// How much is logged.
    pub log_level: LogLevel,
    /// How a log line looks.
    pub log_format: LogFormat,
}

/// Bounded retries with exponential backoff (G-ASYNC-03, A-53).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; after the last the event becomes a dead letter (G-ASYNC-04).
    pub attempts: u32,
    /// Wait after the first failure; it doubles with each further one.
    pub backoff: Duration,
}

impl RetryPolicy {
    /// The wait after failed attempt number `attempt` (from 1), or `None` after the last.
    #[must_use]
    pub fn wait_after(self, attempt: u32) -> Option<Duration> {
        let doublings = attempt.saturating_sub(1).min(16);
        (attempt < self.attempts).then(|| self.backoff.saturating_mul(1 << doublings))
    }
}

impl Settings {
    /// The defaults with the given authentication.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            path: "/webhook".to_owned(),
            store: StoreTarget::Sqlite(PathBuf::from("hamsa.db")),
            auth,
            auth_file: None,
            expose_effects: false,
            workers: 2,
            allow: Networks::default(),
            trusted_proxies: Networks::default(),
            unauthenticated_per_minute: 100,
            transport: Transport::default(),
            body_limit: 2 << 20,
            body_time: Duration::from_secs(20),
            head_time: Duration::from_secs(10),
            max_connections: 10_000,
            max_connections_per_client: 1_000,
            lease: Duration::from_secs(10),
            retry: RetryPolicy {
                attempts: 3,
                backoff: Duration::from_secs(2),
            },
            retention: Duration::from_secs(7 * DAY_SECONDS),
            sinks: Vec::new(),
            sink_retry: RetryPolicy {
                attempts: 8,
                backoff: Duration::from_secs(2),
            },
            manage: None,
            shutdown_grace: Duration::from_secs(10),
            log_level: LogLevel::default(),
            log_format: LogFormat::default(),
        }
    }

    pub(crate) fn checked(self) -> Result<Self, SettingsError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        let taken = ["/effects", "/calls", "/healthz", "/readyz"];
        let is_taken =
            |path: &&str| self.path == **path || self.path.starts_with(&format!("{path}/"));
        if !self.path.starts_with('/')
            || !self.path.bytes().all(plain)
            || taken.iter().any(is_taken)
        {
            return Err(SettingsError::Path(self.path));
        }
        if self.retry.attempts == 0 || self.sink_retry.attempts == 0 {
            return Err(SettingsError::Attempts);
        }
        if self.lease < Duration::from_secs(1) {
            return Err(SettingsError::Lease);
        }
        if self.retention < Duration::from_secs(DAY_SECONDS) {
            return Err(SettingsError::Retention);
        }
        if self.workers > MOST_WORKERS {
            return Err(SettingsError::Workers {
                found: self.workers,
                most: MOST_WORKERS,
            });
        }
        if self.max_connections == 0 {
            return Err(SettingsError::Connections);
        }
        if self.expose_effects && !self.effects_are_open() && matches!(self.auth, Auth::Nobody) {
            return Err(SettingsError::OpenEffects);
        }
        if self.manage.is_some() && !extras::MANAGES {
            return Err(SettingsError::Feature {
                key: "manage",
                feature: "manage",
            });
        }
        if self.manage.is_some() && !self.management_is_open() && matches!(self.auth, Auth::Nobody)
        {
            return Err(SettingsError::OpenManage);
        }
        Ok(self)
    }

    /// Whether effects may be read without the bearer value: only on a loopback address.
    #[must_use]
    pub fn effects_are_open(&self) -> bool {
        self.listen.ip().is_loopback()
    }

    /// Whether the management listener answers without the bearer value: only on a loopback address.
    #[must_use]
    pub fn management_is_open(&self) -> bool {
        self.manage.is_some_and(|manage| manage.ip().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let retry = RetryPolicy {
            attempts: 3,
            backoff: Duration::from_secs(2),
        };
        let waits = [1, 2, 3, 4].map(|attempt| retry.wait_after(attempt).map(|w| w.as_secs()));
        assert_eq!(waits, [Some(2), Some(4), None, None]);
    }
}
