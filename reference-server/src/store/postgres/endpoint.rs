//! Where the database is, and what every session with it begins with.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::failure::failure;
use super::fitness;
use super::session::{Driver, Session};
use crate::store::StoreError;

/// For name look-up, handshakes, log-in and settings together.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// To each address, so that one that is silent does not take the time of the next.
const ADDRESS_TIME: Duration = Duration::from_secs(2);
/// How long the other side's network may be silent before the connection counts as lost.
const SILENCE: Duration = Duration::from_secs(10);
/// The server gives up first: then it is known that the statement was rolled back.
const MARGIN: Duration = Duration::from_millis(300);

const UNREADABLE: &str = "its URL cannot be read: the password has to be percent-encoded, \
     every option known, and sslmode one of disable, prefer, require, verify-full";

/// A parsed `postgres://` URL. It holds the password, so it has no `Debug`.
pub(super) struct Endpoint {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Endpoint {
    /// Reads the URL and, for TLS, the system's certificate authorities.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] when the URL cannot be read.
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        // Without a word for it, this client checks a certificate in full whenever it uses TLS.
        let url = url.replacen("sslmode=verify-full", "sslmode=require", 1);
        // The parser's own words quote what it did not understand, which may be a password.
        let mut config: Config = url
            .parse()
            .map_err(|_| StoreError::Unfit(UNREADABLE.to_owned()))?;
        if config.get_application_name().is_none() {
            config.application_name("hamsa-receiver");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(ADDRESS_TIME);
        }
        config
            // Of several hosts the one that can store events, whichever that is after a failover.
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE / 4)
            .keepalives_retries(4)
            .tcp_user_timeout(SILENCE);
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls()?),
        })
    }

    /// Connects. No statement of the session may take longer than `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] when the database would not keep what it is given, else why there is no connection.
    pub(super) async fn connect(&self, limit: Duration) -> Result<(Session, Driver), StoreError> {
        let connecting = async {
            let (client, connection) = self.config.connect(self.tls.clone()).await?;
            let (session, driver) = Session::new(client, connection, limit);
            let client = session.client();
            client.batch_execute(&settings(limit)).await?;
            fitness::require(client).await?;
            Ok((session, driver))
        };
        timeout(CONNECT_TIME, connecting)
            .await
            .unwrap_or_else(|_| Err(failure("no connection in time")))
    }
}

/// Set, whatever role and database have by default.
///
/// Plans must not depend on statistics: a queue that was empty when they were made has a million rows a minute later. Every
/// statement is written for its index, so what is not a walk along one is ruled out.
fn settings(limit: Duration) -> String {
    format!(
        "SET search_path = hamsa; SET default_transaction_isolation = 'read committed';
         SET statement_timeout = {}; SET idle_in_transaction_session_timeout = '10s';
         SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off",
        limit.saturating_sub(MARGIN).as_millis().max(1)
    )
}

fn tls() -> Result<ClientConfig, StoreError> {
    let mut roots = RootCertStore::empty();
    // Without any, a server that wants TLS is refused, and one that does not is none the worse.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failure(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
