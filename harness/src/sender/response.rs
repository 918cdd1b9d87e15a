//! Reads one HTTP/1.1 answer from a connection, noting when it began and when it ended.

use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Longest head that is read.
const MAX_HEAD: usize = 64 * 1024;
/// Longest body that is read; an acknowledgement needs none of it.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Body bytes that are kept for evidence.
const KEPT_BODY: usize = 16 * 1024;

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
}

impl Response {
    /// First value of a header, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// True for 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why no whole answer was read.
#[derive(Debug)]
pub(super) enum ReadFault {
    /// The connection ended before the first byte.
    ClosedWithoutAnswer,
    /// The connection ended inside the answer.
    CutShort,
    /// The bytes are not HTTP/1.x.
    NotHttp(String),
    /// Head or body is longer than any acknowledgement may be.
    TooLong,
    /// The connection failed.
    Io(std::io::Error),
}

/// What has been read so far; it outlives a time-out, so that a late or trickling answer can be
/// told from silence.
#[derive(Default)]
pub(super) struct Reading {
    buffer: Vec<u8>,
    pub(super) first_byte: Option<Instant>,
    pub(super) head: Option<Response>,
}

enum BodyEnd {
    Length(usize),
    Chunked,
    Close,
}

impl Reading {
    /// Reads until the answer is complete. Bytes that follow it stay for the next answer.
    pub(super) async fn answer(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        to_head: bool,
    ) -> Result<Instant, ReadFault> {
        self.first_byte = (!self.buffer.is_empty()).then(Instant::now);
        self.head = None;
        let end = loop {
            if let Some(end) = self.take_head(to_head)? {
                break end;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadFault::TooLong);
            }
            if self.fill(stream).await? == 0 {
                return Err(if self.first_byte.is_some() {
                    ReadFault::CutShort
                } else {
                    ReadFault::ClosedWithoutAnswer
                });
            }
        };
        match end {
            BodyEnd::Length(length) => self.length_body(stream, length).await?,
            BodyEnd::Chunked => self.chunked_body(stream).await?,
            BodyEnd::Close => self.body_to_close(stream).await?,
        }
        Ok(Instant::now())
    }

    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<usize, ReadFault> {
        let count = stream
            .read_buf(&mut self.buffer)
            .await
            .map_err(ReadFault::Io)?;
        if count > 0 && self.first_byte.is_none() {
            self.first_byte = Some(Instant::now());
        }
        Ok(count)
    }

    /// Parses the head once it is whole, skipping interim (1xx) answers.
    fn take_head(&mut self, to_head: bool) -> Result<Option<BodyEnd>, ReadFault> {
        loop {
            let mut slots = [httparse::EMPTY_HEADER; 128];
            let mut parsed = httparse::Response::new(&mut slots);
            let length = match parsed.parse(&self.buffer) {
                Ok(httparse::Status::Complete(length)) => length,
                Ok(httparse::Status::Partial) => return Ok(None),
                Err(error) => return Err(ReadFault::NotHttp(error.to_string())),
            };
            let status = parsed.code.unwrap_or_default();
            let response = Response {
                status,
                headers: parsed
                    .headers
                    .iter()
                    .map(|header| (header.name.to_owned(), header.value.to_vec()))
                    .collect(),
                ..Response::default()
            };
            let is_http_11 = parsed.version == Some(1);
            self.buffer.drain(..length);
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let end = body_end(&response, to_head)?;
            let connection = response
                .header("connection")
                .unwrap_or_default()
                .to_lowercase();
            let keeps_open = !matches!(end, BodyEnd::Close)
                && if is_http_11 {
                    !connection.contains("close")
                } else {
                    connection.contains("keep-alive")
                };
            self.head = Some(Response {
                keeps_open,
                ..response
            });
            return Ok(Some(end));
        }
    }

    async fn length_body(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        length: usize,
    ) -> Result<(), ReadFault> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() && self.fill(stream).await? == 0 {
                return Err(ReadFault::CutShort);
            }
            let count = left.min(self.buffer.len());
            self.keep(count)?;
            left -= count;
        }
        Ok(())
    }

    async fn body_to_close(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Result<(), ReadFault> {
        loop {
            self.keep(self.buffer.len())?;
            if self.fill(stream).await? == 0 {
                return Ok(());
            }
        }
    }

    async fn chunked_body(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Result<(), ReadFault> {
        loop {
            let line = self.line(stream).await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16)
                .map_err(|_| ReadFault::NotHttp(format!("`{size}` is not a chunk size")))?;
            if size == 0 {
                // Trailers end with an empty line.
                while !self.line(stream).await?.is_empty() {}
                return Ok(());
            }
            self.length_body(stream, size).await?;
            if !self.line(stream).await?.is_empty() {
                return Err(ReadFault::NotHttp(
                    "a chunk is longer than its size".to_owned(),
                ));
            }
        }
    }

    async fn line(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<String, ReadFault> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                self.buffer.drain(..end + 2);
                return Ok(line);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadFault::TooLong);
            }
            if self.fill(stream).await? == 0 {
                return Err(ReadFault::CutShort);
            }
        }
    }

    /// Moves bytes from the buffer to the kept body.
    fn keep(&mut self, count: usize) -> Result<(), ReadFault> {
        if let Some(response) = &mut self.head {
            response.body_length += count;
            let room = KEPT_BODY.saturating_sub(response.body.len());
            response
                .body
                .extend_from_slice(&self.buffer[..count.min(room)]);
            if response.body_length > MAX_BODY {
                return Err(ReadFault::TooLong);
            }
        }
        self.buffer.drain(..count);
        Ok(())
    }
}

fn body_end(response: &Response, to_head: bool) -> Result<BodyEnd, ReadFault> {
    if to_head || matches!(response.status, 204 | 304) {
        return Ok(BodyEnd::Length(0));
    }
    if let Some(coding) = response.header("transfer-encoding") {
        if coding.to_lowercase().trim_end().ends_with("chunked") {
            return Ok(BodyEnd::Chunked);
        }
        return Ok(BodyEnd::Close);
    }
    match response.header("content-length") {
        None => Ok(BodyEnd::Close),
        Some(length) => length
            .trim()
            .parse()
            .map(BodyEnd::Length)
            .map_err(|_| ReadFault::NotHttp(format!("`{length}` is not a content length"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &str) -> Result<(Response, usize), ReadFault> {
        let mut reading = Reading::default();
        reading.answer(&mut bytes.as_bytes(), false).await?;
        Ok((reading.head.unwrap(), reading.buffer.len()))
    }

    #[tokio::test]
    async fn length_chunks_and_close_all_end_a_body() {
        for (answer, left) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP", 4),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
              2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n",
                0,
            ),
            ("HTTP/1.0 200 OK\r\n\r\nhello", 0),
        ] {
            let (response, rest) = read(answer).await.unwrap();
            assert_eq!(
                (response.status, response.body, rest),
                (200, b"hello".to_vec(), left)
            );
        }
    }

    #[tokio::test]
    async fn a_connection_that_ends_early_is_told_apart() {
        assert!(matches!(
            read("").await,
            Err(ReadFault::ClosedWithoutAnswer)
        ));
        assert!(matches!(
            read("HTTP/1.1 20").await,
            Err(ReadFault::CutShort)
        ));
        let short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
        assert!(matches!(read(short).await, Err(ReadFault::CutShort)));
        assert!(matches!(
            read("SSH-2.0-OpenSSH\r\n").await,
            Err(ReadFault::NotHttp(_))
        ));
    }

    #[tokio::test]
    async fn endless_answers_are_cut() {
        let head = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(MAX_HEAD + 10));
        assert!(matches!(read(&head).await, Err(ReadFault::TooLong)));
        let body = format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(MAX_BODY + 10));
        assert!(matches!(read(&body).await, Err(ReadFault::TooLong)));
    }
}
