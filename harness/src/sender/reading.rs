//! Reads one HTTP/1.1 answer from a connection, noting when it began and when it ended. Everything
//! that a receiver could send without end has a limit.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::Notify;

use super::response::{BodyEnd, Response, chunk_size};

/// Longest head that is read.
pub(super) const MAX_HEAD: usize = 64 * 1024;
/// Longest body that is read; an acknowledgement needs none of it.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;
/// Most headers of one head.
pub(super) const MAX_HEADERS: usize = 128;
/// Most interim (1xx) answers before the answer.
pub(super) const MAX_INTERIM: usize = 16;
/// Longest line that carries a chunk's size or a trailer.
pub(super) const MAX_LINE: usize = 8 * 1024;
/// Most trailer lines after the last chunk.
pub(super) const MAX_TRAILERS: usize = 100;
/// Body bytes that are kept for evidence.
pub(super) const KEPT_BODY: usize = 16 * 1024;

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
    Io(io::Error),
}

impl ReadFault {
    /// The fault of an answer that was waited for long enough.
    pub(super) fn timed_out() -> Self {
        Self::Io(io::ErrorKind::TimedOut.into())
    }
}

/// What has been read so far; it outlives a time-out, so that a late or trickling answer can be
/// told from silence.
#[derive(Default)]
pub(super) struct Reading {
    buffer: Vec<u8>,
    interim: Vec<u16>,
    /// Told of each interim 100.
    pub(super) asked: Arc<Notify>,
    pub(super) first_byte: Option<Instant>,
    pub(super) head: Option<Response>,
}

impl Reading {
    /// Reads until the only answer that is owed is complete.
    pub(super) async fn answer(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        to_head: bool,
    ) -> Result<Instant, ReadFault> {
        let complete = self.next_answer(stream, to_head).await?;
        if let (false, Some(head)) = (self.buffer.is_empty(), &mut self.head) {
            head.surplus = self.buffer.len();
            // What follows would pass for an instant answer to the next request.
            head.keeps_open = false;
        }
        Ok(complete)
    }

    /// Reads until the next answer is complete; others may follow it.
    pub(super) async fn next_answer(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        to_head: bool,
    ) -> Result<Instant, ReadFault> {
        self.first_byte = (!self.buffer.is_empty()).then(Instant::now);
        self.interim.clear();
        self.head = None;
        let end = loop {
            if let Some(end) = self.take_head(to_head)? {
                break end;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadFault::TooLong);
            }
            if self.fill(stream).await? == 0 {
                return Err(self.closed());
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
        match stream.read_buf(&mut self.buffer).await {
            Ok(count) => {
                if count > 0 && self.first_byte.is_none() {
                    self.first_byte = Some(Instant::now());
                }
                Ok(count)
            }
            // A reset is a close in a hurry.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(self.closed()),
            Err(error) => Err(ReadFault::Io(error)),
        }
    }

    fn closed(&self) -> ReadFault {
        if self.first_byte.is_some() {
            ReadFault::CutShort
        } else {
            ReadFault::ClosedWithoutAnswer
        }
    }

    /// Parses the head once it is whole, skipping interim (1xx) answers.
    fn take_head(&mut self, to_head: bool) -> Result<Option<BodyEnd>, ReadFault> {
        loop {
            let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
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
                self.interim.push(status);
                // The answer itself has not begun.
                self.first_byte = (!self.buffer.is_empty()).then(Instant::now);
                if status == 100 {
                    self.asked.notify_one();
                }
                if self.interim.len() > MAX_INTERIM {
                    let why = format!("more than {MAX_INTERIM} interim answers");
                    return Err(ReadFault::NotHttp(why));
                }
                continue;
            }
            let end = response.body_end(to_head)?;
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
                interim: self.interim.clone(),
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
            let size = chunk_size(&self.line(stream).await?)?;
            if size == 0 {
                return self.trailers(stream).await;
            }
            self.length_body(stream, size).await?;
            if !self.line(stream).await?.is_empty() {
                return Err(ReadFault::NotHttp(
                    "a chunk is longer than its size".to_owned(),
                ));
            }
        }
    }

    /// Reads trailers away, up to the empty line that ends them.
    async fn trailers(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<(), ReadFault> {
        for _ in 0..=MAX_TRAILERS {
            if self.line(stream).await?.is_empty() {
                return Ok(());
            }
        }
        let why = format!("more than {MAX_TRAILERS} trailers");
        Err(ReadFault::NotHttp(why))
    }

    async fn line(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<String, ReadFault> {
        loop {
            let within = &self.buffer[..self.buffer.len().min(MAX_LINE + 2)];
            if let Some(end) = within.windows(2).position(|pair| pair == b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                self.buffer.drain(..end + 2);
                return Ok(line);
            }
            if self.buffer.len() > MAX_LINE + 1 {
                let why = format!("a line among its chunks is longer than {MAX_LINE} bytes");
                return Err(ReadFault::NotHttp(why));
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
