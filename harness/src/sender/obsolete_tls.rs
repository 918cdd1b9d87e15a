//! A handshake of TLS 1.0 or 1.1, as far as it takes to see whether a server agrees to one.
//!
//! The TLS library speaks neither, rightly. So this is one ClientHello made by hand (RFC 2246 and
//! RFC 4346, section 7.4.1.2), and a look at the first record that comes back.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::attempt::NoAnswer;
use super::connection::Connector;

/// A version of TLS that nobody should speak any more (RFC 8996).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObsoleteTls {
    /// TLS 1.0.
    V10,
    /// TLS 1.1.
    V11,
}

impl ObsoleteTls {
    /// Its number on the wire.
    const fn number(self) -> [u8; 2] {
        match self {
            Self::V10 => [3, 1],
            Self::V11 => [3, 2],
        }
    }
}

/// What a server made of an obsolete version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObsoleteAnswer {
    /// It agreed to it.
    Agreed,
    /// It refused, in these words.
    Refused(String),
}

/// Suites that servers of that time had in common: RSA, DHE and ECDHE with AES-CBC, and 3DES.
const SUITES: [u16; 11] = [
    0xc00a, 0xc014, 0x0039, 0x0035, 0xc009, 0xc013, 0x0033, 0x002f, 0xc012, 0x000a, 0x00ff,
];
/// secp256r1, secp384r1, secp521r1.
const GROUPS: [u16; 3] = [23, 24, 25];

/// Record types.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// The handshake message that agrees.
const SERVER_HELLO: u8 = 2;
/// Longest plaintext of a record.
const MAX_RECORD: usize = 1 << 14;

impl Connector {
    /// Offers this version, and nothing newer, on a connection of its own.
    ///
    /// # Errors
    /// [`NoAnswer::NotConnected`], or [`NoAnswer::TimedOut`] when nothing comes back.
    pub async fn offer_obsolete(&self, version: ObsoleteTls) -> Result<ObsoleteAnswer, NoAnswer> {
        let mut stream = self.open_tcp().await?;
        let hello = client_hello(version, self.target.host(), random());
        let exchange = async {
            let mut head = [0; 5];
            if let Err(error) = stream.write_all(&hello).await {
                return ObsoleteAnswer::Refused(error.kind().to_string());
            }
            if stream.read_exact(&mut head).await.is_err() {
                return ObsoleteAnswer::Refused("closed the connection".to_owned());
            }
            let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
            let mut body = vec![0; length.min(MAX_RECORD)];
            match stream.read_exact(&mut body).await {
                Ok(_) => answer(version, head[0], &body),
                Err(_) => ObsoleteAnswer::Refused("closed the connection".to_owned()),
            }
        };
        timeout(self.limits.connect, exchange)
            .await
            .map_err(|_| NoAnswer::TimedOut)
    }
}

/// What the first record says.
fn answer(version: ObsoleteTls, kind: u8, body: &[u8]) -> ObsoleteAnswer {
    match (kind, body) {
        // Type, three bytes of length, then the version that the server has chosen.
        (HANDSHAKE, [SERVER_HELLO, _, _, _, major, minor, ..])
            if [*major, *minor] == version.number() =>
        {
            ObsoleteAnswer::Agreed
        }
        (ALERT, [_, description, ..]) => ObsoleteAnswer::Refused(alert(*description)),
        _ => ObsoleteAnswer::Refused("answered with something else".to_owned()),
    }
}

/// An alert by its number, and the name of those that a refusal usually has.
fn alert(description: u8) -> String {
    match description {
        40 => "alert 40, handshake_failure".to_owned(),
        70 => "alert 70, protocol_version".to_owned(),
        80 => "alert 80, internal_error".to_owned(),
        other => format!("alert {other}"),
    }
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.fill_with(|| fastrand::u8(..));
    bytes
}

/// The record that offers this version for this host.
fn client_hello(version: ObsoleteTls, host: &str, random: [u8; 32]) -> Vec<u8> {
    let mut extensions = Vec::new();
    // An address is no server name (RFC 6066, section 3).
    if host.parse::<IpAddr>().is_err() {
        let name = prefixed(&[&[0], &*prefixed(host.as_bytes())].concat());
        extensions.extend(extension(0, &name));
    }
    extensions.extend(extension(10, &prefixed(&numbers(&GROUPS))));
    // Points: one format, uncompressed.
    extensions.extend(extension(11, &[1, 0]));

    let hello = [
        &version.number(),
        &random[..],
        &[0],
        &prefixed(&numbers(&SUITES)),
        // Compression: one method, none.
        &[1, 0],
        &prefixed(&extensions),
    ]
    .concat();
    // Type and three bytes of length; it is far shorter than 64 KiB.
    let message = [&[1, 0], &*prefixed(&hello)].concat();
    [&[HANDSHAKE, 3, 1], &*prefixed(&message)].concat()
}

fn extension(number: u16, data: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes(), &*prefixed(data)].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

/// The bytes behind two bytes of their length.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_exact_to_the_byte() {
        let hello = client_hello(ObsoleteTls::V11, "a.io", [7; 32]);
        let expected = [
            // Record: handshake, 1.0 for compatibility, 98 bytes; message: ClientHello, 94 bytes.
            &[22, 3, 1, 0, 98, 1, 0, 0, 94][..],
            &[3, 2],
            &[7; 32],
            // No session; eleven suites; no compression.
            &[0, 0, 22],
            &[0xc0, 0x0a, 0xc0, 0x14, 0, 0x39, 0, 0x35, 0xc0, 0x09, 0xc0],
            &[0x13, 0, 0x33, 0, 0x2f, 0xc0, 0x12, 0, 0x0a, 0, 0xff],
            &[1, 0, 0, 31],
            // Server name; groups; point formats.
            &[0, 0, 0, 9, 0, 7, 0, 0, 4, b'a', b'.', b'i', b'o'],
            &[0, 10, 0, 8, 0, 6, 0, 23, 0, 24, 0, 25],
            &[0, 11, 0, 2, 1, 0],
        ]
        .concat();
        assert_eq!(hello, expected);
    }

    #[test]
    fn an_address_is_no_server_name() {
        let named = client_hello(ObsoleteTls::V10, "a.io", [7; 32]);
        let unnamed = client_hello(ObsoleteTls::V10, "127.0.0.1", [7; 32]);
        assert_eq!(named.len() - unnamed.len(), 13);
        assert_eq!(unnamed[9..11], [3, 1]);
    }

    #[test]
    fn only_a_server_hello_of_that_version_agrees() {
        let hello = |minor| [SERVER_HELLO, 0, 0, 38, 3, minor, 0];
        assert_eq!(
            answer(ObsoleteTls::V10, HANDSHAKE, &hello(1)),
            ObsoleteAnswer::Agreed
        );
        for (kind, body) in [
            (HANDSHAKE, &hello(3)[..]),
            (ALERT, &[2, 70]),
            (HANDSHAKE, &[]),
            (72, b"TTP/1.1 400"),
        ] {
            let seen = answer(ObsoleteTls::V10, kind, body);
            assert!(matches!(seen, ObsoleteAnswer::Refused(_)), "{body:?}");
        }
    }
}
