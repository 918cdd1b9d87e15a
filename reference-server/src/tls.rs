//! TLS by rustls: TLS 1.2 and 1.3, HTTP/1.1 only, one certificate that is replaced while the receiver runs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::SettingsError;

/// A connection after its handshake.
pub(crate) type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;

/// A certificate with its key, in use. Clones share it.
#[derive(Clone)]
pub struct Tls(Arc<InUse>);

struct InUse {
    cert: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
}

impl Tls {
    pub(crate) fn load(cert: &Path, key: &Path) -> Result<Self, SettingsError> {
        Ok(Self(Arc::new(InUse {
            cert: cert.to_owned(),
            key: key.to_owned(),
            config: ArcSwap::from_pointee(config(cert, key)?),
        })))
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        vec![self.0.cert.clone(), self.0.key.clone()]
    }

    pub(crate) fn reload(&self) -> Result<(), SettingsError> {
        let config = config(&self.0.cert, &self.0.key)?;
        self.0.config.store(Arc::new(config));
        Ok(())
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream> {
        TlsAcceptor::from(self.0.config.load_full())
            .accept(stream)
            .await
    }
}

/// Names the files; the key stays out of logs.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls({:?}, {:?})", self.0.cert, self.0.key)
    }
}

fn config(cert: &Path, key: &Path) -> Result<ServerConfig, SettingsError> {
    let unusable = |path: &Path, reason: String| SettingsError::Tls {
        path: path.to_owned(),
        reason,
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(cert, reason(&error)))?;
    if chain.is_empty() {
        return Err(unusable(cert, "it holds no certificate".to_owned()));
    }
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, reason(&error)))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_no_client_auth())
        .and_then(|builder| builder.with_single_cert(chain, private))
        .map_err(|error| unusable(cert, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What is wrong with a PEM file, without any of its lines.
fn reason(error: &PemError) -> String {
    match error {
        PemError::Io(error) => error.to_string(),
        PemError::NoItemsFound => "it holds nothing of that kind".to_owned(),
        _ => "it is not well-formed PEM".to_owned(),
    }
}
