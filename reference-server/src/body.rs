//! Reading a request body within bounds of size and time, and reading off one that nobody wants.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use tokio::time::timeout;

/// Why there is no whole body.
pub(crate) enum BodyError {
    /// It exceeds the limit; here is what was not read yet.
    TooLarge(Body),
    /// It took longer than allowed (a slow sender may, a stalled one may not).
    TooSlow,
    /// The connection or its framing broke.
    Broken,
}

/// Reads a body of at most `limit` bytes within `time`.
pub(crate) async fn read(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    time: Duration,
) -> Result<Bytes, BodyError> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|n| n > limit as u64)
    {
        return Err(BodyError::TooLarge(body));
    }
    timeout(time, collect(body, limit))
        .await
        .unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    // Most bodies are one chunk, and then no byte is copied.
    let mut whole = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(chunk) = next_chunk(&mut body).await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        if whole.len() + joined.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge(body));
        }
        if whole.is_empty() && joined.is_empty() {
            whole = chunk;
        } else {
            joined.extend_from_slice(&std::mem::take(&mut whole));
            joined.extend_from_slice(&chunk);
        }
    }
    Ok(if joined.is_empty() {
        whole
    } else {
        joined.freeze()
    })
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
