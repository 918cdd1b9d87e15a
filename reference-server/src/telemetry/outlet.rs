//! Where log lines go: a bounded buffer, and a thread of its own that writes it.
//!
//! A log is never worth an acknowledgement. So nobody who logs waits for the reader of the log, and nobody
//! learns of a write that fails: a line that finds no place, or no disk, is dropped and counted. Lines are gathered for
//! a moment and written together, because to wake a thread for each costs more than to write it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Bytes that may wait for a slow reader: a burst of some ten thousand lines.
const CAPACITY: usize = 4 << 20;
/// How long lines are gathered.
const GATHER_TIME: Duration = Duration::from_millis(10);
/// How long a sink that would block is left alone.
const RETRY_TIME: Duration = Duration::from_millis(10);
/// How long the last lines may take at the end of the process.
const FLUSH_TIME: Duration = Duration::from_secs(1);

/// Takes lines without waiting.
#[derive(Clone)]
pub(super) struct Outlet(Arc<Shared>);

#[derive(Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    /// There is something to write, or somebody waits for it to be written.
    wanted: Condvar,
    written: Condvar,
}

#[derive(Default)]
struct Buffer {
    lines: Vec<u8>,
    dropped: u64,
    is_writing: bool,
    is_hurried: bool,
}

impl Shared {
    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet {
    /// Starts the thread that writes to `sink`. It lives as long as the process.
    pub(super) fn start(sink: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        // Without its thread the buffer fills up, and every further line counts as dropped.
        let _ = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || write(sink, &own));
        Self(shared)
    }

    fn offer(&self, line: &[u8]) {
        let mut buffer = self.0.buffer();
        if buffer.lines.len() + line.len() > CAPACITY {
            buffer.dropped += 1;
            return;
        }
        let is_first = buffer.lines.is_empty();
        buffer.lines.extend_from_slice(line);
        drop(buffer);
        if is_first {
            self.0.wanted.notify_one();
        }
    }

    /// Waits until everything offered before is written, but not for long.
    pub(super) fn flush(&self) {
        let mut buffer = self.0.buffer();
        buffer.is_hurried = true;
        self.0.wanted.notify_one();
        let is_left = |buffer: &mut Buffer| buffer.is_writing || !buffer.lines.is_empty();
        let waited = self
            .0
            .written
            .wait_timeout_while(buffer, FLUSH_TIME, is_left);
        let (mut buffer, _) = waited.unwrap_or_else(PoisonError::into_inner);
        buffer.is_hurried = false;
    }
}

fn write(sink: impl Write, shared: &Shared) {
    let mut page = Page { sink, last: b'\n' };
    let mut told = 0;
    let mut lines = Vec::new();
    loop {
        gather(shared, &mut lines);
        let lost = page.write(&lines);
        lines.clear();
        let mut buffer = shared.buffer();
        buffer.dropped += lost;
        let dropped = buffer.dropped;
        drop(buffer);
        // Told only where a line just came through, or a sink that is gone would be told for ever.
        if lost == 0 && dropped > told {
            told = dropped;
            tracing::error!(lines = dropped, "log lines dropped since the start");
        }
        // Only now, so that a flush waits for what was just told, too.
        shared.buffer().is_writing = false;
        shared.written.notify_all();
    }
}

/// What lines are written on; knows whether the last one was torn off.
struct Page<W> {
    sink: W,
    /// The last byte that came through.
    last: u8,
}

impl<W: Write> Page<W> {
    /// Writes lines, and returns how many of them are lost.
    fn write(&mut self, lines: &[u8]) -> u64 {
        let is_ready = self.last == b'\n' || self.put(b"\n").is_empty();
        let left = if is_ready { self.put(lines) } else { lines };
        left.iter().filter(|byte| **byte == b'\n').count() as u64
    }

    /// Writes until the sink fails, and returns what is left. A reader that is only slow is waited for.
    fn put<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut left = bytes;
        while !left.is_empty() {
            match self.sink.write(left) {
                Ok(0) => break,
                Ok(count) => {
                    let (written, rest) = left.split_at_checked(count).unwrap_or((left, &[]));
                    self.last = written.last().copied().unwrap_or(self.last);
                    left = rest;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(RETRY_TIME);
                }
                Err(_) => break,
            }
        }
        left
    }
}

/// Waits for a line and for what follows it closely, and takes all.
fn gather(shared: &Shared, lines: &mut Vec<u8>) {
    let is_empty = |buffer: &mut Buffer| buffer.lines.is_empty();
    let found = shared.wanted.wait_while(shared.buffer(), is_empty);
    let found = found.unwrap_or_else(PoisonError::into_inner);
    let has_time = |buffer: &mut Buffer| !buffer.is_hurried;
    let gathered = shared
        .wanted
        .wait_timeout_while(found, GATHER_TIME, has_time);
    let (mut buffer, _) = gathered.unwrap_or_else(PoisonError::into_inner);
    std::mem::swap(&mut buffer.lines, lines);
    buffer.is_writing = true;
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
        self.0.offer(bytes);
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
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
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
        let paper = Paper::default();
        let outlet = Outlet::start(paper.clone());
        for line in ["one\n", "two\n"] {
            outlet.make_writer().write_all(line.as_bytes()).unwrap();
        }
        outlet.flush();
        assert_eq!(*paper.0.lock().unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_stalled_reader_stops_nobody_and_lost_lines_are_counted() {
        let paper = Paper::default();
        let stalled = paper.0.lock().unwrap();
        let outlet = Outlet::start(paper.clone());
        // What the writer has taken leaves room for as much again.
        let lines = 2 * CAPACITY / 5 + 100;
        for _ in 0..lines {
            outlet.make_writer().write_all(b"line\n").unwrap();
        }
        assert!(outlet.0.buffer().dropped >= 98);
        outlet.flush();
        drop(stalled);
        outlet.flush();
        let text = paper.0.lock().unwrap();
        let written = text.split(|byte| *byte == b'\n').count() as u64 - 1;
        assert_eq!(written + outlet.0.buffer().dropped, lines as u64);
    }

    #[test]
    fn a_full_disk_is_nobodys_error() {
        let outlet = Outlet::start(Full);
        outlet.make_writer().write_all(b"line\n").unwrap();
        outlet.flush();
        assert_eq!(outlet.0.buffer().dropped, 1);
    }

    #[test]
    fn a_flush_waits_for_the_notice_of_dropped_lines() {
        let paper = Paper::default();
        let outlet = Outlet(Arc::default());
        outlet.0.buffer().dropped = 3;
        let (own, sink) = (outlet.clone(), paper.clone());
        std::thread::spawn(move || {
            let lines = tracing_subscriber::fmt().with_writer(own.clone()).finish();
            tracing::subscriber::with_default(lines, || write(sink, &own.0));
        });
        outlet.make_writer().write_all(b"line\n").unwrap();
        outlet.flush();
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("log lines dropped since the start"), "{text}");
    }

    /// Does what it is told to, call by call: takes so many bytes, or fails. Then takes everything.
    struct Fickle(Vec<Result<usize, io::ErrorKind>>, Vec<u8>);

    impl Write for Fickle {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let most = self.0.pop().unwrap_or(Ok(usize::MAX))?;
            let taken = &bytes[..most.min(bytes.len())];
            self.1.extend_from_slice(taken);
            Ok(taken.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn page(mut acts: Vec<Result<usize, io::ErrorKind>>) -> Page<Fickle> {
        acts.reverse();
        let sink = Fickle(acts, Vec::new());
        Page { sink, last: b'\n' }
    }

    #[test]
    fn a_reader_that_is_slow_gets_everything() {
        let blocks = Err(io::ErrorKind::WouldBlock);
        let mut page = page(vec![Ok(2), blocks, blocks, Ok(4), blocks]);
        assert_eq!(page.write(b"one\ntwo\nthree\n"), 0);
        assert_eq!(page.sink.1, b"one\ntwo\nthree\n");
    }

    #[test]
    fn only_what_is_not_written_is_lost_and_nothing_is_glued_to_a_torn_line() {
        let full = Err(io::ErrorKind::StorageFull);
        let mut page = page(vec![Ok(6), full, full]);
        assert_eq!(page.write(b"one\ntwo\nthree\n"), 2);
        assert_eq!(page.write(b"four\n"), 1, "still full");
        assert_eq!(page.write(b"five\n"), 0);
        assert_eq!(page.write(b"six\n"), 0);
        assert_eq!(page.sink.1, b"one\ntw\nfive\nsix\n");
    }
}
