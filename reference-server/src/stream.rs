//! A connection's bytes, with deadlines: a head has to come, and an answer to go, within bounds.
//!
//! hyper bounds the idle time of a kept connection; a stranger's half-sent head must not live that long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::activity::Activity;

/// How long the client may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a whole head, from its first byte; for the first one, from the connection on.
    pub(crate) head: Duration,
    /// To take what was written for it.
    pub(crate) answer: Duration,
}

type Timer = Pin<Box<Sleep>>;

pub(crate) struct Stream<S> {
    stream: S,
    activity: Arc<Activity>,
    patience: Patience,
    heads: usize,
    head: Option<Timer>,
    answer: Option<Timer>,
}

impl<S> Stream<S> {
    pub(crate) fn new(stream: S, activity: Arc<Activity>, patience: Patience) -> Self {
        Self {
            stream,
            activity,
            patience,
            heads: 0,
            head: Some(Box::pin(sleep(patience.head))),
            answer: None,
        }
    }

    /// Remembers when an answer began to wait, and ends one that has waited too long.
    fn waits<T>(
        &mut self,
        context: &mut Context<'_>,
        write: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if write.is_pending() {
            let patience = self.patience.answer;
            let timer = self.answer.get_or_insert_with(|| Box::pin(sleep(patience)));
            ready!(timer.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        write
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let heads = this.activity.heads();
        if heads > this.heads {
            this.heads = heads;
            this.head = None;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.activity.is_open() {
            return read;
        }
        if buffer.filled().len() > before {
            let patience = this.patience.head;
            this.head.get_or_insert_with(|| Box::pin(sleep(patience)));
        }
        if read.is_pending()
            && let Some(timer) = &mut this.head
        {
            ready!(timer.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.activity.set_unflushed(true);
        let write = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.waits(context, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.activity.set_unflushed(true);
        let write = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.waits(context, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.stream).poll_flush(context);
        if flush.is_ready() {
            self.activity.set_unflushed(false);
            self.answer = None;
        }
        self.waits(context, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Where a farewell is part of the protocol, it may find no room either.
        let shutdown = Pin::new(&mut self.stream).poll_shutdown(context);
        self.waits(context, shutdown)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);

    fn pair(
        head: Duration,
        answer: Duration,
    ) -> (Stream<DuplexStream>, DuplexStream, Arc<Activity>) {
        let (own, client) = duplex(64);
        let activity = Arc::new(Activity::default());
        let patience = Patience { head, answer };
        (
            Stream::new(own, Arc::clone(&activity), patience),
            client,
            activity,
        )
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_is_cut_and_a_trickle_does_not_help() {
        let (mut stream, mut client, _) = pair(SHORT, LONG);
        let trickle = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(SHORT / 10).await;
            }
        });
        let mut buffer = [0; 64];
        let error = loop {
            if let Err(error) = stream.read(&mut buffer).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(stream);
        trickle.await.unwrap();
    }

    #[tokio::test]
    async fn an_open_request_and_an_idle_connection_have_time_and_the_next_head_has_not() {
        let (mut stream, mut client, activity) = pair(SHORT, LONG);
        let mut buffer = [0; 64];
        client.write_all(b"head").await.unwrap();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 4);
        let open = activity.begin();
        assert!(
            tokio::time::timeout(SHORT * 3, stream.read(&mut buffer))
                .await
                .is_err()
        );
        drop(open);
        assert!(
            tokio::time::timeout(SHORT * 3, stream.read(&mut buffer))
                .await
                .is_err()
        );
        client.write_all(b"half").await.unwrap();
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 4);
        let next = tokio::time::timeout(LONG, stream.read(&mut buffer)).await;
        assert!(next.expect("it is cut").is_err());
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_cut() {
        let (mut stream, _client, activity) = pair(LONG, SHORT);
        let error = stream.write_all(&[0; 999]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(activity.is_owed());
    }

    /// Has no room for a farewell.
    struct Stuck;

    impl AsyncWrite for Stuck {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_farewell_that_nobody_takes_is_cut() {
        let patience = Patience {
            head: LONG,
            answer: SHORT,
        };
        let mut stream = Stream::new(Stuck, Arc::default(), patience);
        let error = stream.shutdown().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_answer_is_owed_until_it_is_flushed() {
        let (mut stream, _client, activity) = pair(LONG, LONG);
        stream.write_all(b"answer").await.unwrap();
        assert!(activity.is_owed());
        stream.flush().await.unwrap();
        assert!(!activity.is_owed());
    }
}
