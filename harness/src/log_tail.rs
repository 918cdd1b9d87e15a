//! What a receiver writes to its log from a moment on.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Bytes of a tail that are read: far more than a case makes a receiver say.
const MOST: u64 = 8 << 20;
/// How often a log is looked at.
const EVERY: Duration = Duration::from_millis(50);
/// For so long has a log to stay as it is to count as quiet.
const QUIET: Duration = Duration::from_millis(400);

/// The part of a log file that is written after this was made.
#[derive(Debug)]
pub struct LogTail {
    path: PathBuf,
    from: u64,
}

impl LogTail {
    /// Starts at the file's present end.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn new(path: PathBuf) -> io::Result<Self> {
        let from = std::fs::metadata(&path)?.len();
        Ok(Self { path, from })
    }

    /// Starts when nothing has been written for a moment, or after `limit`.
    ///
    /// # Errors
    /// When there is no such file.
    pub async fn once_quiet(path: PathBuf, limit: Duration) -> io::Result<Self> {
        let until = Instant::now() + limit;
        let mut tail = Self::new(path)?;
        let mut unchanged = Instant::now();
        while unchanged.elapsed() < QUIET && Instant::now() < until {
            sleep(EVERY).await;
            let now = std::fs::metadata(&tail.path)?.len();
            if now != tail.from {
                tail.from = now;
                unchanged = Instant::now();
            }
        }
        Ok(tail)
    }

    /// What has been written; at most 8 MiB from its start. A file that was replaced by a shorter
    /// one is read from its beginning.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        let from = match file.metadata()?.len() < self.from {
            true => 0,
            false => self.from,
        };
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What has been written once `is_there` holds for it, or after `limit`: receivers buffer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn read_until(
        &self,
        limit: Duration,
        is_there: impl Fn(&str) -> bool + Send,
    ) -> io::Result<String> {
        let until = Instant::now() + limit;
        loop {
            let text = self.read()?;
            if is_there(&text) || Instant::now() >= until {
                return Ok(text);
            }
            sleep(EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[tokio::test]
    async fn a_tail_holds_what_is_written_after_it_was_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert!(LogTail::new(path.clone()).is_err());
        let mut file = File::create(&path).unwrap();
        file.write_all(b"before\n").unwrap();
        let tail = LogTail::once_quiet(path.clone(), Duration::from_secs(5))
            .await
            .unwrap();
        file.write_all(b"after\xff\n").unwrap();
        let text = tail
            .read_until(Duration::from_secs(5), |text| text.contains('\n'))
            .await;
        assert_eq!(text.unwrap(), "after\u{fffd}\n");
        std::fs::write(&path, "new").unwrap();
        assert_eq!(tail.read().unwrap(), "new");
    }
}
