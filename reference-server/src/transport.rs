//! How bytes travel: plain, or by TLS where the cargo feature `tls` is built in. The one place in the core that knows
//! of the feature.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::settings::SettingsError;
#[cfg(feature = "tls")]
use crate::tls::{Tls, TlsStream};

/// How connections are spoken.
#[derive(Debug, Clone, Default)]
pub enum Transport {
    /// As plain text, on loopback or behind a proxy.
    #[default]
    Plain,
    /// By TLS; clones share the certificate.
    #[cfg(feature = "tls")]
    Tls(Tls),
}

/// A connection that is ready for HTTP.
#[cfg(not(feature = "tls"))]
pub(crate) type Wire = TcpStream;
/// A connection that is ready for HTTP.
#[cfg(feature = "tls")]
pub(crate) type Wire = tokio_util::either::Either<TcpStream, TlsStream>;

impl Transport {
    /// TLS with a certificate chain and its key, both PEM files.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Tls`] when they cannot be read or do not fit, [`SettingsError::NoTls`] in a build without TLS.
    #[cfg(feature = "tls")]
    pub fn tls(cert: &Path, key: &Path) -> Result<Self, SettingsError> {
        Tls::load(cert, key).map(Self::Tls)
    }

    /// TLS is not in this build.
    ///
    /// # Errors
    ///
    /// Always [`SettingsError::NoTls`].
    #[cfg(not(feature = "tls"))]
    pub fn tls(_cert: &Path, _key: &Path) -> Result<Self, SettingsError> {
        Err(SettingsError::NoTls)
    }

    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Self::Plain => "http",
            #[cfg(feature = "tls")]
            Self::Tls(_) => "https",
        }
    }

    /// The files that [`reload`](Self::reload) reads; none where there is nothing to read.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Plain => Vec::new(),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.files(),
        }
    }

    /// Reads the certificate and its key again, for connections to come. On an error the old ones stay.
    pub(crate) fn reload(&self) -> Result<(), SettingsError> {
        match self {
            Self::Plain => Ok(()),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.reload(),
        }
    }

    /// Makes a new connection ready for HTTP; a handshake may take `time`.
    #[cfg(feature = "tls")]
    pub(crate) async fn open(&self, stream: TcpStream, time: Duration) -> io::Result<Wire> {
        match self {
            Self::Plain => Ok(Wire::Left(stream)),
            Self::Tls(tls) => tokio::time::timeout(time, tls.accept(stream))
                .await?
                .map(Wire::Right),
        }
    }

    /// Makes a new connection ready for HTTP; nothing needs time.
    #[cfg(not(feature = "tls"))]
    #[expect(
        clippy::unused_async,
        reason = "a handshake is one, where it is built in"
    )]
    pub(crate) async fn open(&self, stream: TcpStream, _time: Duration) -> io::Result<Wire> {
        Ok(stream)
    }
}
