//! Lists of networks: which clients may deliver (G-SEC-05), and which proxies are believed.
//!
//! The guide's two addresses are samples, so neither list has a default.

use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;

/// Some networks; what an empty list means is for its user to say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// Whether the address is in one of the networks.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Network> for Networks {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

/// One address (`203.0.113.7`) or network in CIDR form (`203.0.113.0/24`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// A text is neither an address nor a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network such as 203.0.113.0/24")]
pub struct NetworkError(String);

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        // A shift by every bit (prefix 0) overflows, and then no bit is compared.
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits())
                .checked_shr(32 - self.prefix)
                .is_none_or(|bits| bits == 0),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits())
                .checked_shr(128 - self.prefix)
                .is_none_or(|bits| bits == 0),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let error = || NetworkError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().map_err(|_| error())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| error())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        if prefix > bits {
            return Err(error());
        }
        Ok(Self { address, prefix })
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(networks: &[&str]) -> Networks {
        networks
            .iter()
            .map(|n| n.parse::<Network>().unwrap())
            .collect()
    }

    #[test]
    fn an_empty_list_holds_nobody() {
        assert!(list(&[]).is_empty());
        assert!(!list(&[]).contain("198.51.100.1".parse().unwrap()));
    }

    #[test]
    fn a_network_holds_its_members_only() {
        let networks = list(&["203.0.113.0/24", "2001:db8::/32", "192.0.2.7"]);
        for (address, held) in [
            ("203.0.113.255", true),
            ("::ffff:203.0.113.9", true),
            ("203.0.114.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(
                networks.contain(address.parse().unwrap()),
                held,
                "{address}"
            );
        }
        assert!(list(&["0.0.0.0/0"]).contain("198.51.100.1".parse().unwrap()));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
