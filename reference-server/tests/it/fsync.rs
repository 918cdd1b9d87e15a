//! SIGKILL does not lose what the kernel has, so it says nothing about fsync. Here the receiver runs under strace, and its
//! system calls show that no 200 leaves before an fdatasync that began after the event was written.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use tokio::task::JoinSet;

use crate::child::Process;
use crate::support::{SECRET, deliver, event};

const EVENTS: usize = 300;
const SENDERS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs strace"]
async fn no_acknowledgement_leaves_before_its_event_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let process = Process::spawn(traced(&trace, &dir.path().join("events.db")));
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let address = process.address;
        senders.spawn(async move {
            for n in 0..EVENTS / SENDERS {
                let call_id = format!("traced-{sender}-{n}-");
                let reply = deliver(address, &event("call.ended", &call_id, "t")).await;
                assert_eq!(reply.status, 200);
            }
        });
    }
    senders.join_all().await;
    let receiver = receiver_of(&process);
    assert!(
        Command::new("kill")
            .args(["-TERM", &receiver])
            .status()
            .unwrap()
            .success()
    );
    let mut process = process;
    process.child.wait().unwrap();

    let text = std::fs::read_to_string(&trace).unwrap();
    let judged = judge(&text);
    assert_eq!(judged.len(), EVENTS, "not every acknowledgement was seen");
    let early: Vec<_> = judged
        .iter()
        .filter(|(_, is_synced)| !**is_synced)
        .collect();
    assert!(
        early.is_empty(),
        "acknowledged before they were synced: {early:?}"
    );
}

/// SIGTERM has to reach the receiver: strace dies of its own.
fn receiver_of(process: &Process) -> String {
    let path = format!("/proc/{0}/task/{0}/children", process.child.id());
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

fn traced(trace: &Path, store: &Path) -> Command {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-y", "-s", "40000", "-o"])
        .arg(trace)
        .args([
            "-e",
            "trace=recvfrom,sendto,writev,sendmsg,pwrite64,fdatasync,fsync",
        ])
        .arg(env!("CARGO_BIN_EXE_hamsa-receiver"))
        .args(["--listen", "127.0.0.1:0", "--workers", "0", "--store"])
        .arg(format!("sqlite:{}", store.display()))
        .env("WEBHOOK_SECRET", SECRET)
        .env("HAMSA_LOG", "error")
        .stdout(std::process::Stdio::piped());
    command
}

/// For each acknowledged call: whether a sync of the log that began after its write had ended before.
///
/// strace writes a line when a call begins and, when another thread came between, a second one when it ends; the order of
/// lines is the order of events.
fn judge(trace: &str) -> HashMap<String, bool> {
    let mut asked: HashMap<&str, String> = HashMap::new();
    let mut written: Vec<(String, usize)> = Vec::new();
    let mut begun: HashMap<&str, usize> = HashMap::new();
    // The latest begin of a sync that has ended well.
    let mut synced_from = None;
    let mut judged = HashMap::new();
    let mut unfinished: HashMap<&str, &str> = HashMap::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        let call = call.trim_start();
        let (call, is_end) = if let Some(begin) = call.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, begin);
            (begin, false)
        } else if call.starts_with("<... ") {
            (unfinished.remove(thread).unwrap_or_default(), true)
        } else {
            (call, true)
        };
        let is_begin = !line.contains("<... ");
        let arguments = call.split_once('(').map_or("", |(_, rest)| rest);
        let descriptor = arguments.split([',', ')']).next().unwrap_or_default();
        let is_log = descriptor.ends_with("-wal>");
        match call.split('(').next().unwrap_or_default() {
            // What is read shows when the call ends, and then on the second line.
            "recvfrom" if is_end => {
                if let Some(id) = ids(line).next() {
                    asked.insert(descriptor, id);
                }
            }
            // Written is what has been handed over whole.
            "pwrite64" if is_end && is_log => {
                written.extend(ids(call).map(|id| (id, number)));
            }
            "fdatasync" | "fsync" if is_log => {
                if is_begin {
                    begun.insert(thread, number);
                }
                if is_end && line.ends_with("= 0") {
                    synced_from = synced_from.max(begun.remove(thread));
                }
            }
            "sendto" | "writev" | "sendmsg" if is_begin && call.contains("HTTP/1.1 200") => {
                if let Some(id) = asked.remove(descriptor) {
                    let at = written.iter().find(|(of, _)| *of == id).map(|(_, at)| *at);
                    let is_synced = at.is_some_and(|at| synced_from.is_some_and(|from| from > at));
                    judged.insert(id, is_synced);
                }
            }
            _ => {}
        }
    }
    judged
}

/// The test's own call ids in a line.
fn ids(line: &str) -> impl Iterator<Item = String> + '_ {
    line.match_indices("traced-").filter_map(|(at, _)| {
        let mut parts = line[at..].split('-').skip(1);
        let digits = |part: Option<&str>| {
            let part = part?;
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.to_owned())
        };
        Some(format!(
            "{}-{}",
            digits(parts.next())?,
            digits(parts.next())?
        ))
    })
}

#[test]
fn an_early_acknowledgement_is_seen() {
    let line = |text: &str| format!("7 {text}\n");
    let read = line(r#"recvfrom(9<socket:[1]>, "POST traced-0-1-", 99, 0, NULL, NULL) = 16"#);
    let write = line(r#"pwrite64(5</x/events.db-wal>, "traced-0-1-", 11, 0) = 11"#);
    let sync = line("fdatasync(5</x/events.db-wal>) = 0");
    let begin = "8 fdatasync(5</x/events.db-wal> <unfinished ...>\n".to_owned();
    let end = "8 <... fdatasync resumed>) = 0\n".to_owned();
    let failed = line("fdatasync(5</x/events.db-wal>) = -1 EIO (Input/output error)");
    let answer = line(r#"sendto(9<socket:[1]>, "HTTP/1.1 200 OK", 15, 0, NULL, 0) = 15"#);
    for (trace, is_synced) in [
        (vec![&read, &write, &sync, &answer], true),
        (vec![&read, &write, &begin, &end, &answer], true),
        (vec![&read, &write, &answer, &sync], false),
        (vec![&read, &begin, &write, &end, &answer], false),
        (vec![&read, &write, &begin, &answer, &end], false),
        (vec![&read, &write, &failed, &answer], false),
        (vec![&read, &sync, &answer], false),
    ] {
        let trace: String = trace.into_iter().map(String::as_str).collect();
        assert_eq!(judge(&trace)["0-1"], is_synced, "{trace}");
    }
}
