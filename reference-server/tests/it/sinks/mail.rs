//! The e-mail summary, taken by an SMTP session of the crate `mailin`.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use mailin::response::{NO_MAILBOX, NO_SERVICE, OK};
use mailin::{Action, Handler, Response, SessionBuilder};
use tempfile::tempdir;

use super::{dead_letters, ended, tell, with_sinks};

/// A mail server on a free port; it lives as long as the process.
#[derive(Clone, Default)]
struct MailServer {
    mails: Arc<Mutex<Vec<String>>>,
    /// What the ends of the next mails are answered with; OK after these.
    answers: Arc<Mutex<VecDeque<Response>>>,
    mail: Vec<u8>,
}

impl Handler for MailServer {
    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("nobody") {
            NO_MAILBOX
        } else {
            OK
        }
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.mail.extend(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mail = String::from_utf8(std::mem::take(&mut self.mail)).unwrap();
        self.mails.lock().unwrap().push(mail);
        self.answers.lock().unwrap().pop_front().unwrap_or(OK)
    }
}

impl MailServer {
    fn start(answers: impl Into<VecDeque<Response>>) -> (Self, SocketAddr) {
        let server = Self::default();
        *server.answers.lock().unwrap() = answers.into();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let handler = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = handler.clone().converse(&stream.unwrap());
            }
        });
        (server, address)
    }

    fn converse(self, stream: &TcpStream) -> io::Result<()> {
        let mut writer = stream;
        let mut lines = BufReader::new(stream);
        let mut session = SessionBuilder::new("mail.test").build(stream.peer_addr()?.ip(), self);
        writer.write_all(&session.greeting().buffer()?)?;
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let response = session.process(&line);
            line.clear();
            writer.write_all(&response.buffer()?)?;
            if response.action == Action::Close {
                break;
            }
        }
        Ok(())
    }

    fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

fn table(server: SocketAddr, to: &str, more: &str) -> String {
    let port = server.port();
    format!(
        "attempts = 4\n[sinks.email]\nhost = \"127.0.0.1\"\nport = {port}\n\
         from = \"Calls <calls@example.com>\"\nto = [\"{to}\"]\n{more}"
    )
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} in {mail}"))
}

const CLEAR: &str = "tls = \"none\"";

#[tokio::test]
async fn a_summary_arrives_once() {
    let (server, address) = MailServer::start([]);
    let dir = tempdir().unwrap();
    let settings = with_sinks(dir.path(), &table(address, "team@example.com", CLEAR), "");
    tell(
        settings,
        &[ended("a", "t2"), ended("a", "t2"), ended("a", "t3")],
    )
    .await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(header(&mails[0], "To: "), "team@example.com");
    assert_eq!(header(&mails[0], "Subject: "), "Call Summary - a");
    for line in [
        "Duration: 125 s",
        "intent: \"billing\"",
        "resolved: false",
        "User: help",
    ] {
        assert!(mails[0].lines().any(|other| other == line), "{}", mails[0]);
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_with_the_same_id() {
    let (server, address) = MailServer::start([NO_SERVICE, NO_SERVICE]);
    let dir = tempdir().unwrap();
    let settings = with_sinks(dir.path(), &table(address, "team@example.com", CLEAR), "");
    tell(settings, &[ended("a", "t2")]).await;
    let mails = server.mails();
    let ids: Vec<&str> = mails
        .iter()
        .map(|mail| header(mail, "Message-ID: "))
        .collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(dead_letters(dir.path()).await.is_empty());
}

#[tokio::test]
async fn an_address_that_does_not_exist_becomes_a_dead_letter() {
    let (server, address) = MailServer::start([]);
    let dir = tempdir().unwrap();
    let settings = with_sinks(dir.path(), &table(address, "nobody@example.com", CLEAR), "");
    tell(settings, &[ended("a", "t2")]).await;
    assert_eq!(server.mails().len(), 0);
    let dead = dead_letters(dir.path()).await;
    assert_eq!(
        (dead[0].attempts, dead[0].reason.as_str()),
        (1, "127.0.0.1 answered 550")
    );
}

#[tokio::test]
async fn nothing_is_sent_in_clear_unless_chosen() {
    let (server, address) = MailServer::start([]);
    let dir = tempdir().unwrap();
    let settings = with_sinks(dir.path(), &table(address, "team@example.com", ""), "");
    tell(settings, &[ended("a", "t2")]).await;
    assert_eq!(server.mails().len(), 0);
    assert_eq!(dead_letters(dir.path()).await[0].attempts, 4);
}

#[tokio::test]
async fn a_hostile_call_adds_no_header_and_no_command() {
    let (server, address) = MailServer::start([]);
    let dir = tempdir().unwrap();
    let settings = with_sinks(dir.path(), &table(address, "team@example.com", CLEAR), "");
    let mut event = ended("x\r\nBcc: evil@example.com\r\n\r\n", "t2");
    event["agentName"] = "y\r\n.\r\nMAIL FROM:<evil@example.com>\r\n".into();
    event["data"]["data"]["transcription"] =
        serde_json::json!([{"User": ".\r\n.\r\nQUIT\r\n"}, {"\r\n.\r\n": "z"}]);
    tell(settings, &[event]).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let (head, body) = mails[0].split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("\r\nBcc"), "{head}");
    assert!(
        body.contains("Transcript") && body.contains("QUIT"),
        "{body}"
    );
}
