//! Commands that end, hang, fail and leave children behind.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use super::{Launch, ProcessControl, ProcessError};

const WAIT: Duration = Duration::from_millis(300);

/// An address where nobody listens.
async fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

async fn started(line: &str) -> Result<(), ProcessError> {
    let launch = Launch::shell(line);
    ProcessControl::spawning(launch, vec![free().await], WAIT)
        .start()
        .await
}

#[tokio::test]
async fn a_command_that_ends_says_how_and_what_it_printed() {
    let died = started("echo no port >&2; exit 3").await.unwrap_err();
    let text = died.to_string();
    assert!(text.contains("exit status: 3"), "{text}");
    assert!(text.contains("no port"), "{text}");
    assert!(died.is_receivers());
}

#[tokio::test]
async fn a_command_that_never_listens_is_given_up_and_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    let line = format!("echo $$ > {}; exec sleep 60", file.display());
    let error = started(&line).await.unwrap_err();
    assert!(matches!(error, ProcessError::NeverListened { .. }));
    let id: i32 = std::fs::read_to_string(file)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    for _ in 0..200 {
        if rustix::process::test_kill_process(id).is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it still runs");
}

#[tokio::test]
async fn a_port_that_is_taken_is_not_taken_for_the_receiver() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = vec![other.local_addr().unwrap()];
    let control = ProcessControl::spawning(Launch::shell("sleep 60"), addresses, WAIT);
    assert_eq!(control.start().await, Err(ProcessError::Occupied));
}

#[tokio::test]
async fn a_kill_command_that_kills_nobody_is_noticed() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = vec![other.local_addr().unwrap()];
    let by_commands = |kill: &str| {
        let restart = "true".to_owned();
        ProcessControl::by_commands(kill.to_owned(), restart, addresses.clone(), WAIT)
    };
    let idle = by_commands("true").kill().await.unwrap_err();
    assert_eq!(idle, ProcessError::StillListening);
    for (kill, word) in [
        ("echo gone; exit 7", "exit status: 7"),
        ("sleep 60", "no end"),
    ] {
        let error = by_commands(kill).kill().await.unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert!(!error.is_receivers());
    }
    assert!(!by_commands("true").takes_signals());
}
