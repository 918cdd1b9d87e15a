//! Sees when bytes really go over a connection whose protocol a library speaks.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// When bytes went over the connection since the clock was last set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traffic {
    /// Bytes that have to be written.
    awaited: usize,
    written: usize,
    /// When the last of them was.
    pub(super) last_written: Option<Instant>,
    /// When the first byte was read.
    pub(super) first_read: Option<Instant>,
}

/// Shared by a tapped stream and whoever wants to know its times.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock(Arc<(Mutex<Traffic>, Notify)>);

impl Clock {
    /// Starts anew, waiting for that many bytes to be written.
    pub(super) fn set(&self, awaited: usize) {
        self.change(|traffic| {
            *traffic = Traffic {
                awaited,
                ..Traffic::default()
            };
        });
    }

    /// What has been seen.
    pub(super) fn traffic(&self) -> Traffic {
        self.0
            .0
            .lock()
            .map_or_else(|_| Traffic::default(), |traffic| *traffic)
    }

    fn change(&self, change: impl FnOnce(&mut Traffic)) {
        if let Ok(mut traffic) = self.0.0.lock() {
            change(&mut traffic);
        }
    }

    /// Waits until the bytes that have to be written are.
    pub(super) async fn written(&self) {
        while self.traffic().last_written.is_none() {
            self.0.1.notified().await;
        }
    }
}

/// A stream with a clock on it.
pub(super) struct Tap<S> {
    stream: S,
    clock: Clock,
}

impl<S> Tap<S> {
    pub(super) fn new(stream: S, clock: Clock) -> Self {
        Self { stream, clock }
    }

    fn note_written(&self, count: usize) {
        self.clock.change(|traffic| {
            traffic.written += count;
            if traffic.written >= traffic.awaited {
                traffic.last_written.get_or_insert_with(Instant::now);
            }
        });
        self.clock.0.1.notify_one();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.clock.change(|traffic| {
                traffic.first_read.get_or_insert_with(Instant::now);
            });
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.note_written(count);
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, slices))?;
        self.note_written(count);
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
