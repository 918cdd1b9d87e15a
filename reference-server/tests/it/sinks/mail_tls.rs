//! The e-mail summary over STARTTLS and TLS, from the real binary to `aiosmtpd`.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::{ended, write_certificates};
use crate::child::{Process, command};
use crate::support::deliver;

const LONG: Duration = Duration::from_secs(30);

/// `aiosmtpd` of the Python named by `AIOSMTPD_PYTHON`, else `python3`; it keeps mails in a Maildir.
struct MailServer {
    child: Child,
    port: u16,
}

impl MailServer {
    fn start(dir: &Path, tls: [&str; 2]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let python = std::env::var("AIOSMTPD_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let child = Command::new(python)
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
            .arg(tls[0])
            .arg(dir.join("cert.pem"))
            .arg(tls[1])
            .arg(dir.join("key.pem"))
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(dir.join("mails"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        wait_for("the mail server", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        server
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for<T>(what: &str, found: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(start.elapsed() < LONG, "{what} in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a receiver that mails over TLS of this kind until a mail has come; returns it.
async fn mailed(kind: &str, server_options: [&str; 2]) -> String {
    let dir = tempdir().unwrap();
    write_certificates(dir.path());
    let server = MailServer::start(dir.path(), server_options);
    let config = dir.path().join("receiver.toml");
    let text = format!(
        "store = \"memory\"\nlisten = \"127.0.0.1:0\"\n[sinks]\nbackoff_ms = 20\n[sinks.email]\n\
         host = \"localhost\"\nport = {}\ntls = \"{kind}\"\n\
         from = \"calls@example.com\"\nto = [\"team@example.com\"]",
        server.port
    );
    fs::write(&config, text).unwrap();
    let mut command = command(&["--config", config.to_str().unwrap()]);
    command
        .env("SSL_CERT_FILE", dir.path().join("root.pem"))
        .env("HAMSA_LOG", "error");
    let receiver = Process::spawn(command);
    assert_eq!(
        deliver(receiver.address, &ended("a", "t2")).await.status,
        200
    );
    let new = dir.path().join("mails/new");
    let mail = wait_for("a mail", || {
        let mail = fs::read_dir(&new).ok()?.next()?.ok()?;
        fs::read_to_string(mail.path()).ok()
    });
    assert_eq!(receiver.terminate(), 0);
    mail
}

#[tokio::test]
#[ignore = "needs aiosmtpd"]
async fn a_summary_arrives_over_starttls() {
    let mail = mailed("starttls", ["--tlscert", "--tlskey"]).await;
    assert!(mail.contains("Subject: Call Summary - a"), "{mail}");
}

#[tokio::test]
#[ignore = "needs aiosmtpd"]
async fn a_summary_arrives_over_tls() {
    let mail = mailed("implicit", ["--smtpscert", "--smtpskey"]).await;
    assert!(mail.contains("Subject: Call Summary - a"), "{mail}");
}
