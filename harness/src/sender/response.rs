//! One HTTP/1.1 answer, and what its head says about where its body ends.

use super::reading::ReadFault;

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers in the order they came; values as received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The first 16 KiB of the body, decoded from its framing.
    pub body: Vec<u8>,
    /// Length of the whole body.
    pub body_length: usize,
    /// Whether the connection can carry another request.
    pub keeps_open: bool,
    /// The statuses of the interim (1xx) answers before it.
    pub interim: Vec<u16>,
    /// Bytes that came along behind it, though nothing more had been asked. A receiver that takes
    /// the rest of a body for a request answers that as well.
    pub surplus: usize,
}

impl Response {
    /// First value of a header, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.values(name).next()
    }

    /// True for 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn values(&self, name: &str) -> impl Iterator<Item = String> {
        self.headers
            .iter()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// Where the body ends.
    pub(super) fn body_end(&self, to_head: bool) -> Result<BodyEnd, ReadFault> {
        if to_head || matches!(self.status, 204 | 304) {
            return Ok(BodyEnd::Length(0));
        }
        // The last coding decides, and codings may be spread over several headers.
        if let Some(coding) = self.values("transfer-encoding").last() {
            return Ok(match coding.to_lowercase().trim_end() {
                coding if coding.ends_with("chunked") => BodyEnd::Chunked,
                _ => BodyEnd::Close,
            });
        }
        Ok(self
            .content_length()?
            .map_or(BodyEnd::Close, BodyEnd::Length))
    }

    /// The length that all `Content-Length` values agree on.
    fn content_length(&self) -> Result<Option<usize>, ReadFault> {
        let mut agreed = None;
        for value in self.values("content-length") {
            for text in value.split(',').map(str::trim) {
                // Parsing alone would take a plus sign.
                let length: usize = Some(text)
                    .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| refused(text, "content length"))?;
                if agreed.is_some_and(|other| other != length) {
                    let why = "its content lengths differ".to_owned();
                    return Err(ReadFault::NotHttp(why));
                }
                agreed = Some(length);
            }
        }
        Ok(agreed)
    }
}

/// How the end of a body is known.
pub(super) enum BodyEnd {
    /// After this many bytes.
    Length(usize),
    /// After the last chunk.
    Chunked,
    /// When the connection is closed.
    Close,
}

/// The size that stands on a chunk's first line.
pub(super) fn chunk_size(line: &str) -> Result<usize, ReadFault> {
    let text = line.split(';').next().unwrap_or_default().trim();
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| usize::from_str_radix(text, 16).ok())
        .ok_or_else(|| refused(text, "chunk size"))
}

fn refused(text: &str, what: &str) -> ReadFault {
    // Enough to recognise it; the receiver may have sent kilobytes.
    let start: String = text.chars().take(40).collect();
    ReadFault::NotHttp(format!("`{start}` is not a {what}"))
}
