//! The real binary as a child process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::SECRET;

/// The binary with these arguments and nothing in its environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hamsa-receiver"));
    command
        .args(arguments)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The binary on a store such as `memory`, on a free port, with its effects exposed.
pub(crate) fn receiver(store: &str, arguments: &[&str]) -> Command {
    let mut command = command(&["--listen", "127.0.0.1:0", "--expose-effects"]);
    command.args(arguments).env("HAMSA_STORE", store);
    command
}

/// The binary on a store, behind shell commands that shape its limits.
pub(crate) fn confined(limits: &str, store: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_hamsa-receiver"))
        .args(["--listen", "127.0.0.1:0", "--expose-effects", "--store"])
        .arg(format!("sqlite:{}", store.display()))
        .env_clear()
        .stdout(Stdio::piped());
    command
}

pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn start(store: &Path) -> Self {
        let mut command = confined(":", store);
        command.env("HAMSA_LOG", "error");
        Self::spawn(command)
    }

    /// Runs a command and waits for its ready line.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.env("WEBHOOK_SECRET", SECRET).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.strip_suffix("/webhook\n"))
            .and_then(|url| Some(url.split_once("://")?.1))
            .unwrap_or_else(|| panic!("ready line: {line:?}"));
        let address = address.parse().unwrap();
        Self { child, address }
    }

    /// The log, read as it comes; once per process.
    pub(crate) fn log(&mut self) -> Log {
        let stderr = BufReader::new(self.child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Log(lines)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let signal = format!("-{name}");
        let sent = Command::new("kill").args([&signal, &pid]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn terminate(mut self) -> i32 {
        self.signal("TERM");
        self.child.wait().unwrap().code().expect("ended by itself")
    }
}

/// The log of a process.
pub(crate) struct Log(Receiver<String>);

impl Log {
    /// Waits for a line with this text; all lines up to it.
    pub(crate) fn until(&self, text: &str) -> String {
        let mut read = String::new();
        loop {
            let line = self.0.recv_timeout(Duration::from_secs(20));
            let line = line.unwrap_or_else(|_| panic!("{text:?} after {read}"));
            read.push_str(&line);
            read.push('\n');
            if line.contains(text) {
                return read;
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
