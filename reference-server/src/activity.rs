//! What a connection is doing: whether a whole request head has come, and whether something is still owed for it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::HttpBody;
use hyper::body::{Frame, SizeHint};

/// Shared by a connection's stream, its service and the bodies that pass through it.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    heads: AtomicUsize,
    open: AtomicUsize,
    unflushed: AtomicBool,
}

impl Activity {
    /// A whole head has come; the request is open until the last clone of the mark is gone.
    pub(crate) fn begin(self: &Arc<Self>) -> Arc<Open> {
        self.heads.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        Arc::new(Open(Arc::clone(self)))
    }

    /// Whole heads so far.
    pub(crate) fn heads(&self) -> usize {
        self.heads.load(Ordering::Relaxed)
    }

    /// Whether a request is open: bytes that come now belong to its body.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Whether the connection may not be dropped without breaking a promise.
    pub(crate) fn is_owed(&self) -> bool {
        self.is_open() || self.unflushed.load(Ordering::Relaxed)
    }

    /// Whether some of an answer is not handed to the network yet.
    pub(crate) fn set_unflushed(&self, unflushed: bool) {
        self.unflushed.store(unflushed, Ordering::Relaxed);
    }
}

/// The mark of an open request.
#[derive(Debug)]
pub(crate) struct Open(Arc<Activity>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body, of a request or an answer, that keeps its request open.
pub(crate) struct Held<B> {
    body: B,
    _open: Arc<Open>,
}

impl<B> Held<B> {
    pub(crate) fn new(body: B, open: Arc<Open>) -> Self {
        Self { body, _open: open }
    }
}

impl<B: HttpBody + Unpin> HttpBody for Held<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
