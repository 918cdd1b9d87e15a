//! TLS for https targets: the system's roots, the user's root, or none when they insist.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DEFAULT_VERSIONS, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::handshake::{Offer, Sni};

/// What the user says about certificates.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// A PEM file with further roots.
    pub cacert: Option<PathBuf>,
    /// Deliver whatever the certificate says; TLS-02 still judges it.
    pub insecure: bool,
}

/// Why TLS cannot be set up on our side.
#[derive(Debug, Error)]
pub enum TlsSetupError {
    /// The user's root file cannot be read.
    #[error("cannot read certificates from `{path}`: {reason}")]
    CaCert {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The TLS library refused its own defaults.
    #[error("cannot set up TLS: {0}")]
    Library(#[from] Error),
}

/// Ready to make handshakes; the configuration is built when the first https target needs it.
pub struct TlsSetup {
    options: TlsOptions,
    offer: Offer,
    extra_roots: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl TlsSetup {
    /// Reads the user's roots.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn new(options: TlsOptions) -> Result<Self, TlsSetupError> {
        let extra_roots = match &options.cacert {
            Some(path) => read_roots(path)?,
            None => Vec::new(),
        };
        Ok(Self {
            options,
            offer: Offer::default(),
            extra_roots,
            config: OnceLock::new(),
        })
    }

    /// The same roots, with every check on: what TLS-02 judges by.
    #[must_use]
    pub fn strict(&self) -> Self {
        self.with_insecure(false)
    }

    /// The same without any check, to tell a bad certificate from no TLS at all.
    #[must_use]
    pub fn trusting(&self) -> Self {
        self.with_insecure(true)
    }

    fn with_insecure(&self, insecure: bool) -> Self {
        Self {
            options: TlsOptions {
                insecure,
                ..self.options.clone()
            },
            ..self.offering(self.offer)
        }
    }

    /// The same with another offer, and without any session to resume.
    #[must_use]
    pub fn offering(&self, offer: Offer) -> Self {
        Self {
            options: self.options.clone(),
            offer,
            extra_roots: self.extra_roots.clone(),
            config: OnceLock::new(),
        }
    }

    /// True when certificates are not checked.
    pub fn is_insecure(&self) -> bool {
        self.options.insecure
    }

    /// A handshake that offers these protocols by ALPN.
    pub(super) async fn handshake(
        &self,
        host: &str,
        tcp: TcpStream,
        protocols: &[&[u8]],
    ) -> io::Result<TlsStream<TcpStream>> {
        let host = match self.offer.sni {
            Sni::Host | Sni::Absent => host,
            Sni::Other(name) => name,
        };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut config = self.config()?;
        if !protocols.is_empty() {
            let offered = protocols.iter().map(|name| name.to_vec()).collect();
            Arc::make_mut(&mut config).alpn_protocols = offered;
        }
        TlsConnector::from(config)
            .early_data(self.offer.early_data)
            .connect(name, tcp)
            .await
            .map_err(explained)
    }

    /// The configuration, for clients that are not ours.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(default_provider());
        let versions = match self.offer.version {
            Some(version) => vec![version.supported()],
            None => DEFAULT_VERSIONS.to_vec(),
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .map_err(io::Error::other)?;
        let mut config = if self.options.insecure {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(TrustAnything(provider)))
                .with_no_client_auth()
        } else {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(self.extra_roots.clone());
            builder.with_root_certificates(roots).with_no_client_auth()
        };
        config.enable_sni = self.offer.sni != Sni::Absent;
        config.enable_early_data = self.offer.early_data;
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }
}

/// The commonest fault of a home-made certificate, in words.
fn explained(error: io::Error) -> io::Error {
    if error.to_string().contains("CaUsedAsEndEntity") {
        return io::Error::other(
            "the server's certificate is a CA certificate; make one for a server, with \
             basicConstraints CA:FALSE",
        );
    }
    error
}

fn read_roots(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let fault = |reason: String| TlsSetupError::CaCert {
        path: path.display().to_string(),
        reason,
    };
    let roots: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(|error| fault(error.to_string()))?
        .collect::<Result<_, _>>()
        .map_err(|error| fault(error.to_string()))?;
    if roots.is_empty() {
        return Err(fault("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

/// Accepts any certificate. Signatures are still checked, so the peer holds the key it shows.
#[derive(Debug)]
struct TrustAnything(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAnything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
