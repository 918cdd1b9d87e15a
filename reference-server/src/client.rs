//! Who a request comes from: the peer of its connection, or the client that trusted proxies name.
//!
//! `X-Forwarded-For` is written by whoever wants to. So it is read from the right, where the proxy next to us writes, and
//! only as far as the proxies that wrote it are trusted by name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::networks::Networks;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a request's connection; an extension of the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address that the allow-list, the rate limit and the log mean.
///
/// From a trusted proxy it is the rightmost address in `X-Forwarded-For` that is no trusted proxy itself. Where there
/// is none, or something else than an address comes before it, it is the peer.
pub(crate) fn client_of(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted: &Networks,
) -> IpAddr {
    // Unknown only where the router is driven without our accept loop.
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let peer = extensions.get::<Peer>().map_or(unknown, |peer| peer.0);
    let client = if trusted.contain(peer) {
        forwarded_for(headers, trusted).unwrap_or(peer)
    } else {
        peer
    };
    client.to_canonical()
}

fn forwarded_for(headers: &HeaderMap, trusted: &Networks) -> Option<IpAddr> {
    // Several lines are one list (RFC 9110).
    for line in headers.get_all(X_FORWARDED_FOR).iter().rev() {
        for entry in line.to_str().ok()?.rsplit(',') {
            let address = address_in(entry.trim())?;
            if !trusted.contain(address) {
                return Some(address);
            }
        }
    }
    None
}

/// An address as proxies write it: alone or with a port, IPv6 with or without brackets.
fn address_in(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    entry
        .parse()
        .ok()
        .or_else(|| bracketed().map(IpAddr::V6))
        .or_else(with_port)
}

/// What counts as one client where clients are counted: of IPv6 the /64, as who has one address has all of it.
pub(crate) fn site_of(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        let header = |line: &&str| (X_FORWARDED_FOR, line.parse().unwrap());
        let headers = lines.iter().map(header).collect();
        let trusted = trusted.iter().map(|network| network.parse().unwrap());
        client_of(
            &extensions,
            &headers,
            &trusted.collect::<Networks>().clone(),
        )
        .to_string()
    }

    const PROXIES: &[&str] = &["10.0.0.0/8", "2001:db8:1::/48"];

    #[test]
    fn nobody_is_believed_by_default_nor_when_not_trusted() {
        assert_eq!(client("10.0.0.1", &["203.0.113.7"], &[]), "10.0.0.1");
        let stranger = client("198.51.100.1", &["203.0.113.7"], PROXIES);
        assert_eq!(stranger, "198.51.100.1");
    }

    #[test]
    fn the_rightmost_stranger_is_the_client() {
        for (lines, expected) in [
            (&["203.0.113.7"][..], "203.0.113.7"),
            (&["203.0.113.7, 10.2.0.1"], "203.0.113.7"),
            (&["203.0.113.7", "10.2.0.1,10.3.0.1"], "203.0.113.7"),
            // What the client itself wrote stands to the left.
            (&["10.0.0.9, 192.0.2.1, 203.0.113.7"], "203.0.113.7"),
            (&["192.0.2.1", "203.0.113.7"], "203.0.113.7"),
            (&["<script>, 203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7:4711"], "203.0.113.7"),
            (&["::ffff:203.0.113.7"], "203.0.113.7"),
            (&["2001:db8::7"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["[2001:db8::7]:4711 , 2001:db8:1::1"], "2001:db8::7"),
        ] {
            assert_eq!(client("10.0.0.1", lines, PROXIES), expected, "{lines:?}");
            assert_eq!(client("::ffff:10.0.0.1", lines, PROXIES), expected);
        }
    }

    #[test]
    fn garbage_and_proxies_alone_leave_the_peer() {
        for lines in [
            &[][..],
            &[""],
            &["10.2.0.1"],
            &["unknown"],
            &["203.0.113.7,"],
            &["203.0.113.7, unknown"],
            &["203.0.113.7 10.0.0.1"],
            &["203.0.113.7", "_hidden, 10.2.0.1"],
            &["[203.0.113.7]"],
            &["203.0.113.256"],
            &["203.0.113.0/24"],
            &["203.0.113.7, \u{e9}"],
        ] {
            assert_eq!(client("10.0.0.1", lines, PROXIES), "10.0.0.1", "{lines:?}");
        }
    }

    #[test]
    fn an_ipv6_site_is_one_client() {
        let site = |text: &str| site_of(text.parse().unwrap());
        assert_eq!(site("2001:db8::1"), site("2001:db8::ffff:0:0:1"));
        assert_ne!(site("2001:db8::1"), site("2001:db8:0:1::1"));
        assert_ne!(site("203.0.113.7"), site("203.0.113.8"));
        assert_eq!(site("::ffff:203.0.113.7"), site("203.0.113.7"));
    }
}
