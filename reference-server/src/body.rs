//! Reading a request body within bounds of size, time and memory, and reading off one that nobody wants.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Memory for all bodies that are being read or stored.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    const BYTES: usize = 32 << 20;

    /// The usual budget, or enough for two bodies where they may be that large.
    pub(crate) fn for_bodies_of(limit: usize) -> Self {
        let bytes = Self::BYTES.max(limit.saturating_mul(2));
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Takes so many bytes out of the budget; the permit gives them back.
    fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(bytes).ok()
    }
}

/// A whole body, and its share of the budget.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    pub(crate) share: Option<OwnedSemaphorePermit>,
}

/// Why there is no whole body.
pub(crate) enum BodyError {
    /// It exceeds the limit; here is what was not read yet.
    TooLarge(Body),
    /// All bodies together exceed the budget; here is what was not read yet.
    TooMany(Body),
    /// It took longer than allowed (a slow sender may, a stalled one may not).
    TooSlow,
    /// The connection or its framing broke.
    Broken,
}

/// Reads a body of at most `limit` bytes within `time`. What arrives is charged to the budget, not what is announced.
pub(crate) async fn read(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    time: Duration,
    budget: &Budget,
) -> Result<Whole, BodyError> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|n| n > limit as u64)
    {
        return Err(BodyError::TooLarge(body));
    }
    timeout(time, collect(body, limit, budget))
        .await
        .unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(mut body: Body, limit: usize, budget: &Budget) -> Result<Whole, BodyError> {
    // Most bodies are one chunk, and then no byte is copied.
    let mut whole = Bytes::new();
    let mut joined = BytesMut::new();
    let mut share: Option<OwnedSemaphorePermit> = None;
    while let Some(chunk) = next_chunk(&mut body).await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        if whole.len() + joined.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge(body));
        }
        let Some(taken) = budget.take(chunk.len()) else {
            return Err(BodyError::TooMany(body));
        };
        match &mut share {
            Some(share) => share.merge(taken),
            None => share = Some(taken),
        }
        if whole.is_empty() && joined.is_empty() {
            whole = chunk;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut whole));
            joined.extend_from_slice(&chunk);
        }
    }
    let bytes = if joined.is_empty() {
        whole
    } else {
        joined.freeze()
    };
    Ok(Whole { bytes, share })
}

/// Reads and forgets up to `limit` bytes; whatever is left then closes the connection.
pub(crate) async fn drain(mut body: Body, limit: usize, time: Duration) {
    let read_off = async {
        let mut read = 0;
        while read < limit
            && let Some(Ok(chunk)) = next_chunk(&mut body).await
        {
            read += chunk.len();
        }
    };
    let _ = timeout(time, read_off).await;
}

async fn next_chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        // A frame without data holds trailers, which mean nothing here.
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(chunk)) => return Some(Ok(chunk)),
            Ok(Err(_trailers)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}
