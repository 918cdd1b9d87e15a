//! A `redis-server` of a test's own, on loopback; it ends with the test.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use redis::{Cmd, Connection, FromRedisValue, Value};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(super) struct Server {
    dir: TempDir,
    port: u16,
    options: Vec<String>,
    child: Child,
}

impl Server {
    /// Every write fsynced, and nothing evicted, unless the options say otherwise.
    pub(super) fn start(options: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        let child = spawn(&dir, port, &options);
        Self {
            dir,
            port,
            options,
            child,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// As a crash: SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// With the files of the one that was killed.
    pub(super) fn start_again(&mut self) {
        self.child = spawn(&self.dir, self.port, &self.options);
    }

    pub(super) fn connect(&self) -> Connection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// Sends one command, given as words.
    pub(super) fn send<T: FromRedisValue>(&self, words: &str) -> T {
        command(words).query(&mut self.connect()).unwrap()
    }
}

pub(super) fn command(words: &str) -> Cmd {
    let mut command = Cmd::new();
    words.split_whitespace().for_each(|word| {
        command.arg(word);
    });
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(dir: &TempDir, port: u16, options: &[String]) -> Child {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--appendonly", "yes", "--appendfsync", "always"])
        .args(["--save", "", "--dir"])
        .arg(dir.path())
        .args(options)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed");
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    loop {
        // Its log may take a while to load.
        let answer = client
            .get_connection()
            .and_then(|mut connection| redis::cmd("PING").query::<Value>(&mut connection));
        if answer.is_ok() {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "redis-server ended");
        std::thread::yield_now();
    }
}
