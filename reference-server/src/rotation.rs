//! Files that are read again without a restart, on SIGHUP and when they change: the accepted secrets
//! (D-10), and the TLS certificate with its key.
//!
//! Looking at the files finds what notifications miss: a rename over the old file, a swapped symbolic link above it, a
//! network disk. It happens on a thread of its own, so that a disk that does not answer holds up nobody.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crate::auth::Auth;
use crate::settings::{Settings, SettingsError, accept_list_in};

/// A change counts once two looks see the same, so a file that is being written is left alone: about a second in all.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Looks after the files as long as it lives.
pub(crate) struct Rotation(SyncSender<()>);

impl Rotation {
    /// Reads each file once more, so that no change since the first time is missed, and begins to watch.
    ///
    /// # Errors
    ///
    /// There is no thread to be had.
    pub(crate) fn start(settings: &Settings) -> io::Result<Self> {
        let secrets = secrets(settings);
        let are_secrets_fixed = secrets.is_none() && matches!(settings.auth, Auth::Accept(_));
        let sources = secrets.into_iter().chain(certificate(settings)).collect();
        let (requests, requested) = sync_channel(1);
        std::thread::Builder::new()
            .name("rotation".to_owned())
            .spawn(move || watch(sources, are_secrets_fixed, &requested))?;
        Ok(Self(requests))
    }

    /// Asks for all files to be read now.
    pub(crate) fn read_again(&self) {
        // Where one request waits already, another would do the same.
        let _ = self.0.try_send(());
    }
}

fn secrets(settings: &Settings) -> Option<Source> {
    let (Auth::Accept(list), Some(file)) = (&settings.auth, &settings.auth_file) else {
        return None;
    };
    let (list, path) = (list.clone(), file.clone());
    Source::new(vec![file.clone()], move || {
        list.replace(&accept_list_in(&path)?);
        tracing::info!(secrets = list.count(), "accepted secrets read");
        Ok(())
    })
}

fn certificate(settings: &Settings) -> Option<Source> {
    let transport = settings.transport.clone();
    Source::new(transport.files(), move || {
        transport.reload()?;
        tracing::info!("TLS certificate read");
        Ok(())
    })
}

fn watch(mut sources: Vec<Source>, are_secrets_fixed: bool, requested: &Receiver<()>) {
    loop {
        match requested.recv_timeout(LOOK_EVERY) {
            Ok(()) => {
                if are_secrets_fixed {
                    tracing::warn!(
                        "secrets not read again: they come from no file that can change"
                    );
                } else if sources.is_empty() {
                    tracing::warn!(
                        "nothing to read again: no setting comes from a file that can change"
                    );
                }
                sources.iter_mut().for_each(Source::read_anew);
            }
            Err(RecvTimeoutError::Timeout) => sources.iter_mut().for_each(Source::look),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

type Read = Box<dyn Fn() -> Result<(), SettingsError> + Send>;

/// Files that are read together, and how.
struct Source {
    files: Vec<PathBuf>,
    /// Puts what the files say in the place of what they said, or changes nothing.
    apply: Read,
    /// As the last look found them.
    seen: Vec<Option<Stamp>>,
    /// As they were when they were last read.
    read: Vec<Option<Stamp>>,
    is_failing: bool,
}

impl Source {
    /// Reads the files once. None without any, and where one is a pipe or a device: what came out of it does not come again.
    fn new(
        files: Vec<PathBuf>,
        apply: impl Fn() -> Result<(), SettingsError> + Send + 'static,
    ) -> Option<Self> {
        let seen = stamps(&files);
        let is_watchable = !files.is_empty() && seen.iter().all(Option::is_some);
        is_watchable.then(|| {
            let mut source = Self {
                files,
                apply: Box::new(apply),
                seen,
                read: Vec::new(),
                is_failing: false,
            };
            source.read();
            source
        })
    }

    fn look(&mut self) {
        let now = stamps(&self.files);
        let is_settled = now == self.seen;
        self.seen = now;
        // What failed may have had another cause than the files, such as a want of descriptors.
        if is_settled && (self.is_failing || self.seen != self.read) {
            self.read();
        }
    }

    /// Reads because somebody asked, who is told again what fails again.
    fn read_anew(&mut self) {
        self.read.clear();
        self.read();
    }

    fn read(&mut self) {
        let before = stamps(&self.files);
        let is_news = before != self.read;
        // Taken before, so that a change meanwhile is seen at the next look.
        self.read = before;
        let result = (self.apply)();
        self.is_failing = result.is_err();
        if let Err(error) = result
            && is_news
        {
            tracing::error!(%error, "what was read before stays in force");
        }
    }
}

/// What tells one state of a file from another; symbolic links are followed.
#[derive(Debug, PartialEq)]
struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    let stamp = |file: &PathBuf| {
        let of = std::fs::metadata(file).ok().filter(|of| of.is_file())?;
        Some(Stamp {
            file: (of.dev(), of.ino()),
            length: of.len(),
            modified: (of.mtime(), of.mtime_nsec()),
            changed: (of.ctime(), of.ctime_nsec()),
        })
    };
    files.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A source that keeps what it read, and how often it tried.
    fn source(file: &Path) -> (Source, Arc<Mutex<String>>, Arc<AtomicUsize>) {
        let (kept, tries) = (
            Arc::<Mutex<String>>::default(),
            Arc::<AtomicUsize>::default(),
        );
        let (text, count, path) = (Arc::clone(&kept), Arc::clone(&tries), file.to_owned());
        let apply = move || {
            count.fetch_add(1, Ordering::Relaxed);
            let read = std::fs::read_to_string(&path);
            *text.lock().unwrap() = read.map_err(|source| SettingsError::SecretFile {
                path: path.clone(),
                source,
            })?;
            Ok(())
        };
        let source = Source::new(vec![file.to_owned()], apply).unwrap();
        (source, kept, tries)
    }

    #[test]
    fn a_change_is_read_once_when_two_looks_agree() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secrets");
        std::fs::write(&file, "a").unwrap();
        let (mut source, kept, tries) = source(&file);
        for (written, expected) in [("", "a"), ("b", "a"), ("bb", "a"), ("", "bb"), ("", "bb")] {
            if !written.is_empty() {
                std::fs::write(&file, written).unwrap();
            }
            source.look();
            assert_eq!(*kept.lock().unwrap(), expected);
        }
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn what_fails_keeps_the_old_and_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secrets");
        std::fs::write(&file, "a").unwrap();
        let (mut source, kept, tries) = source(&file);
        std::fs::remove_file(&file).unwrap();
        for _ in 0..4 {
            source.look();
        }
        assert_eq!(
            tries.load(Ordering::Relaxed),
            4,
            "at the start, and at three of four looks"
        );
        assert_eq!(*kept.lock().unwrap(), "a");
        std::fs::write(&file, "b").unwrap();
        source.look();
        source.look();
        assert_eq!(*kept.lock().unwrap(), "b");
    }

    #[test]
    fn a_device_is_read_at_the_start_only() {
        let never = || panic!("it would wait for ever");
        assert!(Source::new(vec!["/dev/null".into()], never).is_none());
    }
}
