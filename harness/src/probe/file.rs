//! `file:` probe: effects that the receiver appends to a file, one JSON line each.
//!
//! What stood in the file before the run is left out. A last line without its end is still being
//! written, so it is read the next time.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::answer::{Limits, Reading, record, start_of};
use super::spec::{ProbeError, SpecError};
use crate::ledger::Effect;

/// Characters of a line that are shown.
const SHOWN: usize = 120;

/// Follows a file.
pub struct FileProbe {
    path: PathBuf,
    followed: Arc<Mutex<Followed>>,
}

/// How far a file has been read, and what was in it.
#[derive(Debug, Default)]
struct Followed {
    /// Bytes before this are known.
    offset: u64,
    /// Lines since the start of the run.
    lines: usize,
    /// The beginning of a line whose end is still to come.
    begun: Vec<u8>,
    effects: Vec<Effect>,
    /// Once a file cannot be followed, nothing it says later makes up for what was missed.
    problem: Option<ProbeError>,
}

impl FileProbe {
    pub(super) fn parse(path: &str) -> Result<Self, SpecError> {
        if path.is_empty() {
            return Err(SpecError::EmptyPath);
        }
        // A file that is not there yet begins empty.
        let offset = std::fs::metadata(path).map_or(0, |file| file.len());
        Ok(Self {
            path: PathBuf::from(path),
            followed: Arc::new(Mutex::new(Followed {
                offset,
                ..Followed::default()
            })),
        })
    }

    pub(super) async fn read(&self) -> Result<Reading, ProbeError> {
        let (path, followed) = (self.path.clone(), Arc::clone(&self.followed));
        let reading = tokio::task::spawn_blocking(move || {
            let Ok(mut followed) = followed.lock() else {
                return Err(ProbeError::File("it was given up".to_owned()));
            };
            followed.follow(&path, &Limits::USUAL);
            match &followed.problem {
                Some(problem) => Err(problem.clone()),
                None => Ok(Reading::Records(followed.effects.clone())),
            }
        });
        reading
            .await
            .map_err(|error| ProbeError::File(error.to_string()))?
    }

    pub(super) fn describe(&self) -> String {
        format!("file:{}", self.path.display())
    }
}

impl Followed {
    /// Reads what was appended since the last time.
    fn follow(&mut self, path: &Path, limits: &Limits) {
        if self.problem.is_none()
            && let Err(problem) = self.appended(path, limits)
        {
            self.problem = Some(problem);
        }
    }

    fn appended(&mut self, path: &Path, limits: &Limits) -> Result<(), ProbeError> {
        let failed = |error: std::io::Error| ProbeError::File(error.to_string());
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound && self.offset == 0 => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let length = file.metadata().map_err(failed)?.len();
        if length < self.offset {
            return Err(ProbeError::File(format!(
                "it shrank from {} to {length} bytes: effects are appended to one file, which is \
                 neither emptied nor rotated during a run",
                self.offset
            )));
        }
        if self.begun.len() as u64 + (length - self.offset) > limits.bytes() as u64 {
            return Err(limits.exceeded());
        }
        file.seek(SeekFrom::Start(self.offset)).map_err(failed)?;
        let read = file
            .take(length - self.offset)
            .read_to_end(&mut self.begun)
            .map_err(failed)?;
        self.offset += read as u64;
        let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(());
        };
        let rest = self.begun.split_off(end + 1);
        let whole = std::mem::replace(&mut self.begun, rest);
        for line in String::from_utf8_lossy(&whole).lines() {
            self.lines += 1;
            if line.trim().is_empty() {
                continue;
            }
            let effect = serde_json::from_str(line)
                .map_err(|error| ProbeError::Garbage(error.to_string()))
                .and_then(|value| record(&value))
                .map_err(|error| {
                    let number = self.lines;
                    let line = start_of(line, SHOWN);
                    ProbeError::File(format!("line {number} of this run, `{line}`: {error}"))
                })?;
            self.effects.push(effect);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const LINE: &str = r#"{"callId":"c","eventType":"e","timestamp":"t"}"#;

    struct Folder {
        _folder: tempfile::TempDir,
        path: PathBuf,
    }

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("effects.ndjson");
            Self {
                _folder: folder,
                path,
            }
        }

        fn append(&self, text: &str) {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.create(true).append(true).open(&self.path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn probe(&self) -> FileProbe {
            FileProbe::parse(&self.path.display().to_string()).unwrap()
        }
    }

    async fn count(probe: &FileProbe) -> usize {
        match probe.read().await.unwrap() {
            Reading::Records(effects) => effects.len(),
            Reading::Count(_) => panic!("a file has records"),
        }
    }

    #[tokio::test]
    async fn only_what_is_appended_counts_and_half_a_line_waits_for_its_end() {
        let folder = Folder::new();
        folder.append(&format!("{LINE}\nan old line that means nothing\n"));
        let probe = folder.probe();
        assert_eq!(count(&probe).await, 0);
        folder.append(&format!("{LINE}\n\n{}", &LINE[..20]));
        assert_eq!(count(&probe).await, 1);
        folder.append(&format!("{}\n", &LINE[20..]));
        assert_eq!(count(&probe).await, 2);
    }

    #[tokio::test]
    async fn a_file_may_come_later() {
        let folder = Folder::new();
        let probe = folder.probe();
        assert_eq!(count(&probe).await, 0);
        folder.append(&format!("{LINE}\n"));
        assert_eq!(count(&probe).await, 1);
    }

    #[tokio::test]
    async fn a_file_that_shrank_is_no_evidence_any_more() {
        let folder = Folder::new();
        folder.append(&format!("{LINE}\n{LINE}\n"));
        let probe = folder.probe();
        std::fs::write(&folder.path, format!("{LINE}\n")).unwrap();
        let error = probe.read().await.unwrap_err().to_string();
        assert!(error.contains("shrank"), "{error}");
        folder.append(&format!("{LINE}\n{LINE}\n"));
        assert!(probe.read().await.is_err(), "what was missed stays missed");
    }

    #[tokio::test]
    async fn a_line_that_is_none_is_named() {
        let folder = Folder::new();
        let probe = folder.probe();
        folder.append(&format!("{LINE}\n<html>\n"));
        let error = probe.read().await.unwrap_err().to_string();
        assert!(
            error.contains("line 2") && error.contains("<html>"),
            "{error}"
        );
    }

    #[test]
    fn memory_is_bounded() {
        let folder = Folder::new();
        folder.append(&"x".repeat(3 << 20));
        let mut followed = Followed::default();
        let limits = Limits {
            mebibytes: 2,
            ..Limits::USUAL
        };
        followed.follow(&folder.path, &limits);
        assert!(followed.problem.is_some() && followed.begun.is_empty());
    }
}
