//! The connection: bytes that were read and not yet used, and orderly and disorderly ends.

use std::time::Duration;

use tokio::{
    io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

use super::{Head, HeadFault};
use crate::behaviour::Heads;

const MAX_HEAD: usize = 64 * 1024;
const READ_SIZE: usize = 16 * 1024;
/// How long a closing connection still reads. Closing with unread bytes makes the kernel reset the
/// connection, which can destroy the answer before the sender has read it.
const LINGER: Duration = Duration::from_secs(5);

/// What bytes go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    /// Read, but not used yet.
    pub(super) pending: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            pending: Vec::new(),
        }
    }

    /// Reads once; 0 means that the sender has finished sending.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        self.pending.reserve(READ_SIZE);
        self.stream.read_buf(&mut self.pending).await
    }

    /// The next request's head, or nothing when the sender has finished.
    pub(crate) async fn head(&mut self, rule: Heads) -> Result<Option<Head>, HeadFault> {
        loop {
            if let Some((head, length)) = Head::parse(&self.pending, rule)? {
                self.pending.drain(..length);
                return Ok(Some(head));
            }
            let limit = match rule {
                Heads::Below(most) => most,
                _ => MAX_HEAD,
            };
            if self.pending.len() > limit {
                return Err(HeadFault::TooLarge);
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Whether these are the next bytes; waits until that is decided.
    pub(crate) async fn begins_with(&mut self, bytes: &[u8]) -> bool {
        while bytes.starts_with(&self.pending) && self.pending.len() < bytes.len() {
            if !matches!(self.fill().await, Ok(1..)) {
                return false;
            }
        }
        self.pending.starts_with(bytes)
    }

    /// Whether a request has begun; waits for its first byte.
    pub(crate) async fn has_begun(&mut self) -> bool {
        !self.pending.is_empty() || matches!(self.fill().await, Ok(1..))
    }

    /// The stream, and what has been read from it.
    pub(crate) fn into_parts(self) -> (Box<dyn Stream>, Vec<u8>) {
        (self.stream, self.pending)
    }

    /// Whether the sender hangs up within that time.
    pub(crate) async fn hangs_up_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            match timeout_at(until, self.fill()).await {
                Ok(Ok(0) | Err(_)) => return true,
                Ok(Ok(_)) => {}
                Err(_) => return false,
            }
        }
    }

    /// Finishes sending, then reads what still comes into nowhere, for a while.
    pub(crate) async fn close(mut self) {
        if self.stream.shutdown().await.is_ok() {
            let mut nowhere = [0; READ_SIZE];
            let drained =
                async { while matches!(self.stream.read(&mut nowhere).await, Ok(1..)) {} };
            // A sender that never finishes is cut off.
            let _ = timeout(LINGER, drained).await;
        }
    }
}
