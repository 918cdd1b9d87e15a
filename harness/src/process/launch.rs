//! How a receiver's command is started, and one that runs.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, ChildStdin, Command};

use super::error::ProcessError;
use super::tail::Tail;
use crate::shell::{Group, Signal};

/// How long output may still be on its way after a process has ended.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// A command that can be started again and again.
#[derive(Clone)]
pub struct Launch {
    program: OsString,
    args: Vec<OsString>,
    folder: Option<PathBuf>,
    environment: Vec<(OsString, Option<OsString>)>,
    holds_input: bool,
    log_file: Option<PathBuf>,
}

impl Launch {
    /// A program with its arguments.
    pub fn new(program: impl Into<OsString>, args: &[&str]) -> Self {
        Self {
            program: program.into(),
            args: args.iter().map(OsString::from).collect(),
            folder: None,
            environment: Vec::new(),
            holds_input: false,
            log_file: None,
        }
    }

    /// A line for a POSIX shell.
    pub fn shell(line: &str) -> Self {
        Self::new("sh", &["-c", line])
    }

    /// Runs it in this folder.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a variable out of its environment.
    #[must_use]
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// Gives it a standard input that stays open for as long as the harness lives.
    #[must_use]
    pub fn holding_input(mut self) -> Self {
        self.holds_input = true;
        self
    }

    /// Appends what it writes to standard error to this file.
    #[must_use]
    pub fn logging_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.log_file = Some(path.into());
        self
    }

    pub(super) fn holds_input(&self) -> bool {
        self.holds_input
    }

    pub(super) fn start(&self) -> Result<Running, ProcessError> {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let input = if self.holds_input {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let not_started = |error: std::io::Error| ProcessError::NotStarted(error.to_string());
        let errors = match &self.log_file {
            Some(path) => {
                let mut options = File::options();
                let log = options.create(true).append(true).open(path);
                Stdio::from(log.map_err(not_started)?)
            }
            None => Stdio::piped(),
        };
        command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true);
        let mut child = Group::lead(&mut command).spawn().map_err(not_started)?;
        let tail = Tail::default();
        if let Some(stdout) = child.stdout.take() {
            tail.follow(stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            tail.follow(stderr);
        }
        Ok(Running {
            group: Group::of(&child),
            _input: child.stdin.take(),
            id: child.id().unwrap_or_default(),
            child,
            tail,
        })
    }
}

/// A started command. Dropping it kills it and everything that it started.
pub(super) struct Running {
    // Dropped before the child, whose id is its own until then.
    group: Group,
    child: Child,
    /// Kept apart from the child, which closes it when it is waited for.
    _input: Option<ChildStdin>,
    pub(super) id: u32,
    pub(super) tail: Tail,
}

impl Running {
    pub(super) fn signal(&self, signal: Signal) {
        self.group.signal(signal);
    }

    /// How it ended, once it has. What it has left behind is killed; true when there was something.
    pub(super) async fn ended(&mut self) -> (String, bool) {
        let status = self.child.wait().await;
        let left_any = self.group.is_alive();
        self.group.kill();
        (described(status), left_any)
    }

    /// Why it is not there any more, if that is so.
    pub(super) async fn has_died(&mut self) -> Option<ProcessError> {
        let status = self.child.try_wait().transpose()?;
        self.group.kill();
        tokio::time::sleep(LAST_WORDS).await;
        Some(ProcessError::Died {
            status: described(status),
            tail: self.tail.as_ending(),
        })
    }
}

fn described(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
