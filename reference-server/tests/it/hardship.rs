//! The real binary where something around it is broken: its log, its disk, its share of file descriptors.

use std::io::{Read, pipe};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::child::{Process, confined};
use crate::support::{Reply, Request, SECRET, deliver, event, send, settled};

async fn get(address: SocketAddr, path: &str) -> Reply {
    let request = Request {
        method: "GET",
        path,
        ..Request::default()
    };
    send(address, request).await
}

async fn is_refused(address: SocketAddr) -> bool {
    let stranger = Request {
        auth: &["Bearer wrong"],
        ..Request::default()
    };
    matches!(send(address, stranger).await.status, 401 | 429)
}

/// Whether events are acknowledged and handled, and the process ends in order.
async fn serves(process: Process, count: usize) {
    for n in 0..count {
        let event = event("call.ended", &format!("c{n}"), "t");
        let reply = deliver(process.address, &event).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (200, r#"{"received":true}"#)
        );
        assert!(is_refused(process.address).await);
    }
    assert_eq!(settled(process.address, "", count).await.len(), count);
    assert_eq!(process.terminate(), 0);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_costs_no_acknowledgement() {
    let dir = tempfile::tempdir().unwrap();
    let (reader, gone) = pipe().unwrap();
    drop(reader);
    let mut sinks = vec![Stdio::from(gone)];
    if Path::new("/dev/full").exists() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        sinks.push(Stdio::from(full.unwrap()));
    }
    for (n, sink) in sinks.into_iter().enumerate() {
        let mut command = confined(":", &dir.path().join(format!("{n}.db")));
        command.env("HAMSA_LOG", "debug").stderr(sink);
        serves(Process::spawn(command), 5).await;
    }
}

#[tokio::test]
async fn a_log_reader_that_stalls_stops_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let (mut log, sink) = pipe().unwrap();
    let mut command = confined(":", &dir.path().join("events.db"));
    command.env("HAMSA_LOG", "debug").stderr(sink);
    let process = Process::spawn(command);
    // About 300 bytes of log each, and a pipe holds 64 KiB. Delivered by many, so that it takes no time.
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..16 {
        let address = process.address;
        senders.spawn(async move {
            for n in 0..40 {
                let event = event("call.ended", &format!("s{sender}-{n}"), "t");
                assert_eq!(deliver(address, &event).await.status, 200);
            }
        });
    }
    senders.join_all().await;
    assert!(is_refused(process.address).await);
    assert_eq!(process.terminate(), 0);
    let mut read = Vec::new();
    log.read_to_end(&mut read).unwrap();
    // Its pages may be half full.
    assert!(read.len() >= 32_000, "the pipe was full");
}

#[tokio::test]
async fn no_refusals_fill_the_log_whoever_sends() {
    for (secret, is_stored, said, status) in [
        ("Bearer wrong", true, " refused ", 401),
        (SECRET, true, " refused ", 400),
        (SECRET, false, " not stored ", 503),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("events.db");
        let mut command = confined(":", &store);
        command.args(["--unauthenticated-per-minute", "0"]);
        command.stderr(Stdio::piped());
        let mut process = Process::spawn(command);
        let log = process.log();
        let mut body = b"{}".to_vec();
        if !is_stored {
            std::fs::remove_file(&store).unwrap();
            body = event("call.ended", "c", "t").to_string().into_bytes();
        }
        let start = Instant::now();
        for _ in 0..200 {
            let request = Request {
                auth: &[secret],
                body: &body,
                ..Request::default()
            };
            assert_eq!(send(process.address, request).await.status, status);
        }
        let text = log.until("more refusals than are shown");
        let seconds = start.elapsed().as_secs() as usize + 1;
        let count = |word| text.lines().filter(|line| line.contains(word)).count();
        let lines = count(" refused ") + count(" not stored ");
        assert!((1..=20 * seconds).contains(&lines), "{lines} lines");
        assert_eq!(count(said), lines, "one line each: {text}");
        assert_eq!(process.terminate(), 0);
    }
}

/// Database and log share a disk that fills up: here, no file may grow beyond a limit.
#[tokio::test]
async fn a_full_disk_is_told_to_senders_and_to_readyz() {
    let dir = tempfile::tempdir().unwrap();
    let log = std::fs::File::create(dir.path().join("log")).unwrap();
    let limits = "trap '' XFSZ; ulimit -f 1000";
    let mut command = confined(limits, &dir.path().join("events.db"));
    command.env("HAMSA_LOG", "debug").stderr(log);
    let process = Process::spawn(command);
    assert_eq!(get(process.address, "/readyz").await.status, 200);
    let mut stored = Vec::new();
    let full = loop {
        let call_id = format!("c{}", stored.len());
        let mut event = event("call.ended", &call_id, "t");
        event["data"]["note"] = "x".repeat(10_000).into();
        let reply = deliver(process.address, &event).await;
        if reply.status != 200 {
            break reply;
        }
        stored.push(event);
    };
    assert_eq!(full.status, 503);
    assert!(full.has_header("retry-after: 1"));
    let unready = async {
        loop {
            // An answer serves for a moment.
            let ready = get(process.address, "/readyz").await;
            if ready.status == 503 {
                return ready;
            }
        }
    };
    let ready = tokio::time::timeout(Duration::from_secs(10), unready).await;
    assert!(ready.unwrap().has_header("retry-after: 1"));
    // What was acknowledged is there, and the process lives on.
    assert!(get(process.address, "/healthz").await.status == 200 && !stored.is_empty());
    process.signal("KILL");
    let process = Process::start(&dir.path().join("events.db"));
    for event in &stored {
        assert_eq!(
            deliver(process.address, event).await.json()["duplicate"],
            true
        );
    }
    assert_eq!(get(process.address, "/readyz").await.status, 200);
}

#[tokio::test]
async fn half_heads_do_not_use_up_the_file_descriptors() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("receiver.toml");
    std::fs::write(&config, "head_seconds = 1").unwrap();
    let (mut log, sink) = pipe().unwrap();
    let mut command = confined("ulimit -n 128", &dir.path().join("events.db"));
    command.arg("--config").arg(&config).stderr(sink);
    let process = Process::spawn(command);
    let mut halves = Vec::new();
    for _ in 0..300 {
        let mut half = TcpStream::connect(process.address).await.unwrap();
        half.write_all(b"POST /webhook HTTP/1.1\r\nHost: x\r\n")
            .await
            .unwrap();
        halves.push(half);
    }
    let start = Instant::now();
    let reply = deliver(process.address, &event("call.ended", "c", "t")).await;
    assert_eq!(reply.status, 200);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(settled(process.address, "c", 1).await.len(), 1);
    assert_eq!(process.terminate(), 0);
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    let told = text.matches("as many connections as are allowed").count();
    assert_eq!(told, 1, "{text}");
    assert!(!text.contains("no connection can be accepted"), "{text}");
}

#[test]
fn the_soft_limit_of_descriptors_is_raised() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::spawn(confined("ulimit -Sn 100", &dir.path().join("events.db")));
    let limits = format!("/proc/{}/limits", process.child.id());
    let Ok(limits) = std::fs::read_to_string(limits) else {
        return;
    };
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let mut numbers = line.unwrap().split_whitespace().skip(3);
    assert_eq!(numbers.next(), numbers.next());
}

/// A lock of another process: whoever holds it, senders hear of it while they still listen.
#[tokio::test]
async fn a_locked_file_is_told_in_time_and_passes() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("events.db");
    let process = Process::start(&store);
    let holder = rusqlite::Connection::open(&store).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut deliveries = tokio::task::JoinSet::new();
    for n in 0..8 {
        let address = process.address;
        deliveries.spawn(async move {
            tokio::time::sleep(Duration::from_millis(100 * n)).await;
            let start = Instant::now();
            let reply = deliver(address, &event("call.ended", &format!("c{n}"), "t")).await;
            assert_eq!(
                (reply.status, reply.has_header("retry-after: 1")),
                (503, true)
            );
            start.elapsed()
        });
    }
    let longest = deliveries.join_all().await.into_iter().max().unwrap();
    assert!(longest < Duration::from_millis(3_500), "{longest:?}");
    assert_eq!(get(process.address, "/readyz").await.status, 503);
    holder.execute_batch("ROLLBACK").unwrap();
    let reply = deliver(process.address, &event("call.ended", "c0", "t")).await;
    assert_eq!(reply.body, r#"{"received":true}"#);
    assert_eq!(get(process.address, "/readyz").await.status, 200);
}

#[tokio::test]
async fn a_file_that_is_gone_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("events.db");
    let process = Process::start(&store);
    assert_eq!(
        deliver(process.address, &event("call.ended", "a", "t"))
            .await
            .status,
        200
    );
    std::fs::remove_file(&store).unwrap();
    assert_eq!(
        deliver(process.address, &event("call.ended", "b", "t"))
            .await
            .status,
        503
    );
    assert_eq!(get(process.address, "/readyz").await.status, 503);
}

#[test]
fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let _process = Process::spawn(confined("umask 000", &dir.path().join("events.db")));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["events.db", "events.db-shm", "events.db-wal"]);
}
