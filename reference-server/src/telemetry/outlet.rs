//! Where log lines go: a bounded queue, and a thread of its own that writes them.
//!
//! A log is never worth an acknowledgement. So nobody who logs waits for the reader of the log, and nobody
//! learns of a write that fails: a line that finds no place, or no disk, is dropped and counted.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait for a slow reader: a burst, at most a few MiB.
const QUEUE: usize = 8_192;
/// How long the last lines may take at the end of the process.
const FLUSH_TIME: Duration = Duration::from_secs(1);

enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Takes lines without waiting.
#[derive(Clone)]
pub(super) struct Outlet {
    queue: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

impl Outlet {
    /// Starts the thread that writes to `sink`. It ends when every clone of the outlet is gone.
    pub(super) fn start(sink: impl Write + Send + 'static) -> Self {
        let (queue, messages) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&dropped);
        // Without its thread the queue is closed, and every line counts as dropped.
        let _ = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || write(sink, &messages, &count));
        Self { queue, dropped }
    }

    fn offer(&self, line: Vec<u8>) {
        if self.queue.try_send(Message::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything offered before is written, but not for long.
    pub(super) fn flush(&self) {
        let deadline = Instant::now() + FLUSH_TIME;
        let (written, reply) = sync_channel(1);
        let mut message = Message::Flush(written);
        while let Err(TrySendError::Full(again)) = self.queue.try_send(message) {
            if Instant::now() >= deadline {
                return;
            }
            message = again;
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = reply.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }
}

fn write(mut sink: impl Write, messages: &Receiver<Message>, dropped: &AtomicU64) {
    let mut told = 0;
    for message in messages {
        let line = match message {
            Message::Line(line) => line,
            Message::Flush(written) => {
                let _ = written.send(());
                continue;
            }
        };
        if sink.write_all(&line).is_err() {
            dropped.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        // Told only where a line just came through, or a sink that is gone would be told for ever.
        let lines = dropped.load(Ordering::Relaxed);
        if lines > told {
            told = lines;
            tracing::error!(lines, "log lines dropped since the start");
        }
    }
}

impl<'a> MakeWriter<'a> for Outlet {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// One line: the formatter writes each event in one piece.
pub(super) struct Line<'a>(&'a Outlet);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.offer(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_in_order_and_a_flush_waits_for_them() {
        let page = Page::default();
        let outlet = Outlet::start(page.clone());
        for line in ["one\n", "two\n"] {
            outlet.make_writer().write_all(line.as_bytes()).unwrap();
        }
        outlet.flush();
        assert_eq!(*page.0.lock().unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_stalled_reader_stops_nobody_and_lost_lines_are_counted() {
        let page = Page::default();
        let stalled = page.0.lock().unwrap();
        let outlet = Outlet::start(page.clone());
        for _ in 0..QUEUE + 100 {
            outlet.make_writer().write_all(b"line\n").unwrap();
        }
        // One line may be in the writer's hands, the queue holds the rest.
        assert!((99..=100).contains(&outlet.dropped.load(Ordering::Relaxed)));
        outlet.flush();
        drop(stalled);
    }

    #[test]
    fn a_full_disk_is_nobodys_error() {
        let outlet = Outlet::start(Full);
        outlet.make_writer().write_all(b"line\n").unwrap();
        outlet.flush();
        assert_eq!(outlet.dropped.load(Ordering::Relaxed), 1);
    }
}
