//! The real binary: its ready line, its exit codes, SIGTERM, and SIGKILL in mid burst.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{Request, SECRET, deliver, event, settled};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hamsa-receiver"));
    command
        .args(arguments)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str], secret: Option<&str>) -> (i32, String) {
    let mut command = command(arguments);
    if let Some(secret) = secret {
        command.env("WEBHOOK_SECRET", secret);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(text).unwrap())
}

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(store: &Path) -> Self {
        let store = format!("sqlite:{}", store.display());
        let mut child = command(&[
            "--listen",
            "127.0.0.1:0",
            "--store",
            &store,
            "--expose-effects",
        ])
        .env("WEBHOOK_SECRET", SECRET)
        .stderr(Stdio::inherit())
        .env("HAMSA_LOG", "error")
        .spawn()
        .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.strip_suffix("/webhook\n"))
            .unwrap_or_else(|| panic!("ready line: {line:?}"));
        let address = address.parse().unwrap();
        Self { child, address }
    }

    fn terminate(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code().expect("ended by itself")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_refuses_to_start_with_what_nobody_should_run() {
    for (arguments, secret, said) in [
        (&[][..], None, "WEBHOOK_SECRET: no secret is configured"),
        (&[], Some("Bearer short-one"), "longer than 20"),
        (
            &[],
            Some("a-long-value-without-scheme"),
            "start with `Bearer `",
        ),
        (&["--auth-env", "OTHER"], Some(SECRET), "OTHER"),
        (
            &["--store", "postgres://u:pw@db/x"],
            Some(SECRET),
            "no store for `postgres`",
        ),
        (
            &["--no-auth", "--auth-env", "X"],
            Some(SECRET),
            "cannot be used with",
        ),
        (&["--lisen", "x"], Some(SECRET), "--lisen"),
        (
            &["--config", "/nonexistent.toml"],
            Some(SECRET),
            "/nonexistent.toml",
        ),
        (&["--path", "webhook"], Some(SECRET), "must start with `/`"),
    ] {
        let (code, text) = output(arguments, secret);
        assert_eq!(code, 2, "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
        assert!(
            ["short-one", "u:pw", &SECRET[7..]]
                .iter()
                .all(|secret| !text.contains(secret)),
            "{text}"
        );
    }
    let (code, text) = output(
        &[
            "--store",
            "sqlite:/nonexistent/x.db",
            "--listen",
            "127.0.0.1:0",
        ],
        Some(SECRET),
    );
    assert_eq!(code, 1, "{text}");
}

#[tokio::test]
async fn sigterm_ends_it_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("events.db");
    let process = Process::start(&store);
    assert_eq!(
        deliver(process.address, &event("call.ended", "c", "t"))
            .await
            .status,
        200
    );
    assert_eq!(process.terminate(), 0);
    let process = Process::start(&store);
    assert_eq!(settled(process.address, "", 1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_in_mid_burst_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("events.db");
    let mut process = Process::start(&store);
    let (acked, mut acks) = mpsc::unbounded_channel();
    for sender in 0..8 {
        let (address, acked) = (process.address, acked.clone());
        tokio::spawn(async move {
            for n in 0.. {
                let call_id = format!("s{sender}-{n}");
                if !is_acked(address, &call_id).await {
                    return;
                }
                let _ = acked.send(call_id);
            }
        });
    }
    drop(acked);
    let mut known = Vec::new();
    while known.len() < 200 {
        known.push(acks.recv().await.expect("acknowledgements"));
    }
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    while let Some(call_id) = acks.recv().await {
        known.push(call_id);
    }

    let process = Process::start(&store);
    // The senders come again with everything, as they would for lost answers.
    for call_id in &known {
        let reply = deliver(process.address, &event("call.ended", call_id, "t")).await;
        assert_eq!(
            reply.json()["duplicate"],
            true,
            "{call_id} was acknowledged and is unknown"
        );
    }
    let effects = settled(process.address, "s", known.len()).await;
    for call_id in &known {
        let count = effects
            .iter()
            .filter(|effect| effect["callId"] == call_id.as_str())
            .count();
        assert_eq!(count, 1, "{call_id}");
    }
}

/// One delivery that may meet a dying receiver.
async fn is_acked(address: SocketAddr, call_id: &str) -> bool {
    let body = event("call.ended", call_id, "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    }
    .bytes();
    let mut bytes = Vec::new();
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&request).await?;
        stream.read_to_end(&mut bytes).await
    };
    exchange.await.is_ok() && bytes.starts_with(b"HTTP/1.1 200")
}

#[tokio::test]
async fn logs_name_the_event_and_hide_the_rest() {
    let mut child = command(&["--listen", "127.0.0.1:0", "--store", "memory"])
        .env("WEBHOOK_SECRET", SECRET)
        .env("HAMSA_LOG", "debug")
        .env("HAMSA_LOG_FORMAT", "json")
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let address: SocketAddr = address.strip_suffix("/webhook").unwrap().parse().unwrap();
    let mut said = event("transcription.update", "call\nforged", "t");
    said["data"]["data"]["text"] = "private words".into();
    assert_eq!(deliver(address, &said).await.status, 200);
    let stranger = Request {
        auth: &["Bearer stolen-0123456789abcdef"],
        ..Request::default()
    };
    assert_eq!(crate::support::send(address, stranger).await.status, 401);

    let process = Process { child, address };
    let pid = process.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let mut process = process;
    let mut log = String::new();
    process
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    for seen in [
        "transcription.update",
        r"call\\nforged",
        "127.0.0.1",
        "Unauthorized",
    ] {
        assert!(log.contains(seen), "{seen} in {log}");
    }
    for hidden in [&SECRET[7..], "stolen", "private words"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "{log}"
    );
}
