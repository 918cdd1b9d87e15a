//! The last lines of what a command prints. Reading goes on to the end, so that a command never
//! waits for a reader.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::sync::Notify;

/// Lines that are kept.
const LINES: usize = 10;
/// Bytes of a line that are kept.
const LINE: u64 = 500;

/// The last lines of one command.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<VecDeque<String>>,
    news: Notify,
}

impl Tail {
    /// Reads a pipe to its end, beside everything else.
    pub(super) fn follow(&self, pipe: impl AsyncRead + Send + Unpin + 'static) {
        let tail = self.clone();
        tokio::spawn(async move {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            loop {
                line.clear();
                match (&mut pipe).take(LINE).read_until(b'\n', &mut line).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => tail.push(String::from_utf8_lossy(&line).trim_end().to_owned()),
                }
            }
        });
    }

    fn push(&self, line: String) {
        let mut lines = self.lines();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
        drop(lines);
        self.0.news.notify_waiters();
    }

    /// What follows this word in the line that begins with it, once there is one.
    pub(super) async fn line_after(&self, word: &str) -> String {
        loop {
            let news = self.0.news.notified();
            tokio::pin!(news);
            // Registered before looking, so that no line is missed in between.
            news.as_mut().enable();
            let found = self
                .lines()
                .iter()
                .find_map(|line| line.strip_prefix(word).map(str::to_owned));
            if let Some(found) = found {
                return found;
            }
            news.await;
        }
    }

    /// The lines as the end of a message.
    pub(super) fn as_ending(&self) -> String {
        let lines: Vec<String> = self.lines().iter().cloned().collect();
        match lines.is_empty() {
            true => "; it printed nothing".to_owned(),
            false => format!("; it last printed: {}", lines.join(" | ")),
        }
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
