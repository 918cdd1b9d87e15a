//! TLS handshakes: what our side offers where a case varies it, and what the other side showed.

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{HandshakeKind, ProtocolVersion, SupportedProtocolVersion};

use super::certificate::Certificate;

/// The versions of TLS that a receiver may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

impl TlsVersion {
    pub(super) fn supported(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::V12 => &TLS12,
            Self::V13 => &TLS13,
        }
    }
}

/// The server name (SNI) of a handshake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sni {
    /// The host of the URL; none when that is an address.
    #[default]
    Host,
    /// None at all.
    Absent,
    /// Another name.
    Other(&'static str),
}

/// What our side of a handshake offers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offer {
    /// The only version; `None` offers both.
    pub version: Option<TlsVersion>,
    /// The server name.
    pub sni: Sni,
    /// Send the first bytes of a resumed session as early data (0-RTT), where the server allows it.
    pub early_data: bool,
}

/// What a server showed in a handshake.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The version that was agreed on.
    pub version: Option<TlsVersion>,
    /// The certificates as they were sent, the server's own first. What cannot be read is left out.
    pub chain: Vec<Certificate>,
    /// True when a session from before was resumed.
    pub was_resumed: bool,
    /// True when the server took early data.
    pub took_early_data: bool,
}

impl Handshake {
    pub(super) fn of(stream: &TlsStream<TcpStream>) -> Self {
        let session = stream.get_ref().1;
        let chain = session.peer_certificates().unwrap_or_default();
        Self {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => Some(TlsVersion::V12),
                Some(ProtocolVersion::TLSv1_3) => Some(TlsVersion::V13),
                _ => None,
            },
            chain: chain.iter().filter_map(Certificate::read).collect(),
            was_resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
            took_early_data: session.is_early_data_accepted(),
        }
    }
}
