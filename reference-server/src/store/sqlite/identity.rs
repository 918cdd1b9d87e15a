//! Whether the file that is open is still the one that the path names.
//!
//! SQLite goes on writing to a file that was removed or replaced, and an event in it is gone with the process. A file that
//! was cut is no better: what it held is lost, and the log beside it fits it no more.
//!
//! Only `stat` is used: to open and close the file here would drop the locks that SQLite holds on it.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Identity {
    database: (PathBuf, u64, u64),
    /// Where the file system allows the write-ahead log.
    log: Option<(PathBuf, u64, u64)>,
    length: u64,
}

impl Identity {
    /// Of the database at `path`, which SQLite has just opened.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let entry = |path: PathBuf, found: &Metadata| (path, found.dev(), found.ino());
        let found = fs::metadata(path).map_err(|_| StoreError::Moved)?;
        // SQLite puts the log beside the file itself, not beside a link to it.
        let mut log = fs::canonicalize(path)
            .map_err(|_| StoreError::Moved)?
            .into_os_string();
        log.push("-wal");
        let log = PathBuf::from(log);
        Ok(Self {
            log: fs::metadata(&log).ok().map(|found| entry(log, &found)),
            database: entry(path.to_owned(), &found),
            length: found.len(),
        })
    }

    /// An error when database or log are not what was opened, or the database has become shorter.
    pub(super) fn check(&mut self) -> Result<(), StoreError> {
        let found = unchanged(&self.database)?;
        if let Some(log) = &self.log {
            unchanged(log)?;
        }
        if found.len() < self.length {
            return Err(StoreError::Moved);
        }
        self.length = found.len();
        Ok(())
    }
}

fn unchanged((path, device, inode): &(PathBuf, u64, u64)) -> Result<Metadata, StoreError> {
    fs::metadata(path)
        .ok()
        .filter(|found| (found.dev(), found.ino()) == (*device, *inode))
        .ok_or(StoreError::Moved)
}
