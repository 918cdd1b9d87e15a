//! Where to send: the receiver's URL taken apart once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use thiserror::Error;
use url::{Host, Url};

/// A receiver's URL, ready to connect to.
#[derive(Debug, Clone)]
pub struct Target {
    url: Url,
    host: String,
    port: u16,
    plain_port: Option<u16>,
}

/// Where plain http is answered beside https on its usual port.
const PLAIN_PORT: u16 = 80;

/// Why a URL cannot be a target.
#[derive(Debug, Error)]
pub enum TargetError {
    /// It does not parse.
    #[error("`{url}` is not a URL: {reason}")]
    NotAUrl {
        /// What was given.
        url: String,
        /// What the parser said.
        reason: String,
    },
    /// It is not http or https.
    #[error("`{0}` is not an http or https URL: write it in full, as http://HOST:PORT/PATH")]
    Scheme(String),
}

impl Target {
    /// Parses an absolute http or https URL.
    ///
    /// # Errors
    /// When it is no such URL.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let url = Url::parse(text).map_err(|error| TargetError::NotAUrl {
            url: text.to_owned(),
            reason: error.to_string(),
        })?;
        let host = match (url.scheme(), url.host()) {
            ("http" | "https", Some(Host::Ipv6(address))) => address.to_string(),
            ("http" | "https", Some(host)) => host.to_string(),
            _ => return Err(TargetError::Scheme(text.to_owned())),
        };
        let port = url.port_or_known_default().unwrap_or(443);
        let is_usual = url.scheme() == "https" && port == 443;
        Ok(Self {
            url,
            host,
            port,
            plain_port: is_usual.then_some(PLAIN_PORT),
        })
    }

    /// The same, with plain http answered at this port.
    #[must_use]
    pub fn with_plain_port(self, port: u16) -> Self {
        Self {
            plain_port: Some(port),
            ..self
        }
    }

    /// The same host and path over plain http, for an https URL. `None` when the URL names a port
    /// and nobody has said which one belongs to plain http.
    pub fn as_plain(&self) -> Option<Self> {
        let port = self.plain_port.filter(|_| self.is_tls())?;
        let mut url = self.url.clone();
        url.set_scheme("http").ok()?;
        url.set_port(Some(port)).ok()?;
        Some(Self {
            url,
            port,
            ..self.clone()
        })
    }

    /// The URL with user and password removed: fit for output.
    pub fn shown(&self) -> String {
        let mut url = self.url.clone();
        // Both only fail for URLs without a host, which `parse` refused.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }

    /// The same host, port and path over https.
    pub fn as_https(&self) -> Option<Self> {
        let mut url = self.url.clone();
        url.set_scheme("https").ok()?;
        // The port stays, also when it is the one that http has by default.
        url.set_port(Some(self.port)).ok()?;
        Some(Self {
            url,
            ..self.clone()
        })
    }

    /// True for https.
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Host name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The `Host` header value.
    pub fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Path and query as they stand on the request line.
    pub fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The parsed URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Resolves the host.
    ///
    /// # Errors
    /// When the name has no address.
    pub async fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((self.host.as_str(), self.port))
            .await?
            .collect();
        if addresses.is_empty() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "the name has no address",
            ));
        }
        Ok(addresses)
    }
}

/// True when this machine has a way to the address. Nothing is sent to find out.
pub fn has_route(address: SocketAddr) -> bool {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((any, 0)).is_ok_and(|socket| socket.connect(address).is_ok())
}

/// True for loopback, private, link-local and other addresses the internet cannot reach.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_local(IpAddr::V4(v4)),
            None => {
                let first = v6.segments()[0];
                v6.is_loopback()
                    || v6.is_unspecified()
                    || first & 0xfe00 == 0xfc00
                    || first & 0xffc0 == 0xfe80
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("http://user:pw@[::1]:3000/a/b?x=1#frag").unwrap();
        assert_eq!(target.host(), "::1");
        assert_eq!(target.authority(), "[::1]:3000");
        assert_eq!(target.path_and_query(), "/a/b?x=1");
        assert!(!target.is_tls());
        assert!(!target.shown().contains("pw"));
        let plain = Target::parse("https://example.com").unwrap();
        assert_eq!((plain.port(), plain.path_and_query().as_str()), (443, "/"));
    }

    #[test]
    fn other_things_are_refused() {
        assert!(matches!(
            Target::parse("nonsense"),
            Err(TargetError::NotAUrl { .. })
        ));
        assert!(matches!(
            Target::parse("ftp://example.com"),
            Err(TargetError::Scheme(_))
        ));
        assert!(matches!(
            Target::parse("localhost:3000"),
            Err(TargetError::Scheme(_))
        ));
    }

    #[test]
    fn plain_http_stands_beside_the_usual_port_or_the_named_one() {
        let plain = |url: &str| Target::parse(url).unwrap().as_plain();
        let beside = plain("https://example.com/hook?x=1").unwrap();
        assert_eq!((beside.port(), beside.is_tls()), (80, false));
        assert_eq!(beside.path_and_query(), "/hook?x=1");
        assert!(plain("https://example.com:8443/").is_none());
        assert!(plain("http://example.com/").is_none());
        let named = Target::parse("https://example.com:8443/").unwrap();
        let beside = named.with_plain_port(8080).as_plain().unwrap();
        assert_eq!(beside.authority(), "example.com:8080");
    }

    #[test]
    fn local_addresses_are_told_from_public_ones() {
        for local in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for public in ["8.8.8.8", "100.128.0.1", "2001:4860::8888"] {
            assert!(!is_local(public.parse().unwrap()), "{public}");
        }
    }
}
