//! A request's head: method, target, headers, and what they say about the body.

use std::io;

use crate::behaviour::Heads;

/// Headers beyond this many are refused.
const MAX_HEADERS: usize = 256;

/// A parsed request head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Whether the connection may serve another request.
    pub(crate) is_persistent: bool,
    /// Whether the sender knows of chunks and interim answers.
    pub(crate) is_http_11: bool,
    headers: Vec<(String, Vec<u8>)>,
    /// Whether the last of several lengths counts.
    last_length_wins: bool,
}

/// Why no head could be read.
#[derive(Debug)]
pub(crate) enum HeadFault {
    /// The bytes are not a request.
    Malformed,
    /// More bytes or headers than are accepted.
    TooLarge,
    /// The connection is gone.
    Lost,
}

impl From<io::Error> for HeadFault {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Known(usize),
    Chunked,
}

impl Head {
    /// The head at the start of `bytes` and its length, or nothing while it is incomplete.
    pub(crate) fn parse(bytes: &[u8], rule: Heads) -> Result<Option<(Self, usize)>, HeadFault> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let length = match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(HeadFault::TooLarge),
            Err(_) => return Err(HeadFault::Malformed),
        };
        let is_seen = |name: &str| {
            rule != Heads::LowerCaseUnseen || !name.starts_with(|first: char| first.is_lowercase())
        };
        let target = request.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut head = Self {
            method: request.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            is_persistent: false,
            is_http_11: request.version == Some(1),
            headers: request
                .headers
                .iter()
                .filter(|header| is_seen(header.name))
                .map(|header| (header.name.to_ascii_lowercase(), header.value.to_vec()))
                .collect(),
            last_length_wins: rule == Heads::LastLengthWins,
        };
        match rule {
            Heads::Below(most) if length > most => return Err(HeadFault::TooLarge),
            Heads::FewerThan(most) if head.headers.len() >= most => return Err(HeadFault::Lost),
            _ => {}
        }
        head.is_persistent = match head.is_http_11 {
            true => !head.says("connection", "close"),
            false => head.says("connection", "keep-alive"),
        };
        Ok(Some((head, length)))
    }

    /// The values of all headers of that name, which is given in lower case.
    pub(crate) fn values(&self, name: &str) -> Vec<&[u8]> {
        let of_name = self.headers.iter().filter(|(own, _)| own == name);
        of_name.map(|(_, value)| value.as_slice()).collect()
    }

    /// Whether every value is ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        self.headers.iter().all(|(_, value)| value.is_ascii())
    }

    /// Whether a header of that name has this element in its comma-separated list.
    pub(crate) fn says(&self, name: &str, element: &str) -> bool {
        self.values(name)
            .iter()
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|part| part.trim_ascii().eq_ignore_ascii_case(element.as_bytes()))
    }

    /// How long the body is; contradictory statements are refused, as they are how requests are
    /// smuggled.
    pub(crate) fn body_length(&self) -> Result<Length, HeadFault> {
        let codings = self.values("transfer-encoding");
        let lengths = self.values("content-length");
        match (codings.as_slice(), lengths.as_slice()) {
            ([], []) => Ok(Length::Known(0)),
            ([], [first, rest @ ..]) if rest.iter().all(|other| other == first) => decimal(first)
                .map(Length::Known)
                .ok_or(HeadFault::Malformed),
            ([], [.., last]) if self.last_length_wins => {
                decimal(last).map(Length::Known).ok_or(HeadFault::Malformed)
            }
            ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Length::Chunked),
            _ => Err(HeadFault::Malformed),
        }
    }
}

/// Digits only: `parse` alone would take a sign.
fn decimal(text: &[u8]) -> Option<usize> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The text behind percent-encoding; what is not valid encoding stands for itself.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex_pair(*high, *low),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                decoded.push(byte);
                rest = &tail[2..];
            }
            None => {
                decoded.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        Head::parse(text.as_bytes(), Heads::Standard)
            .unwrap()
            .unwrap()
            .0
    }

    #[test]
    fn a_head_is_taken_apart() {
        let head = head("POST /webhook?a=1 HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 12\r\n\r\n");
        assert_eq!(
            (head.path.as_str(), head.query.as_str()),
            ("/webhook", "a=1")
        );
        assert!(head.is_persistent);
        assert!(matches!(head.body_length(), Ok(Length::Known(12))));
    }

    #[test]
    fn contradictory_lengths_are_refused() {
        for headers in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Content-Length: +1",
            "Transfer-Encoding: gzip",
        ] {
            let head = head(&format!("POST / HTTP/1.1\r\n{headers}\r\n\r\n"));
            assert!(head.body_length().is_err(), "{headers}");
        }
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(percent_decoded("a%20b+c%C3%A9%"), "a b cé%");
    }
}
