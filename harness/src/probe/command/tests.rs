//! Commands: what they are told, and that nothing of them stays behind.

use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// A child of the shell says that it is up, and stays.
const CHILD: &str = "(echo up >&3; exec sleep 30); echo 0";
const PATIENCE: Duration = Duration::from_secs(10);

fn scope() -> Scope {
    Scope {
        prefix: "hc-1-".to_owned(),
        call_ids: vec![],
    }
}

async fn read(command: &str) -> Result<Reading, ProbeError> {
    CommandProbe::parse(command).unwrap().read(&scope()).await
}

/// A named pipe that commands hold open for as long as one of their processes lives.
struct Lifeline(TempDir);

impl Lifeline {
    fn new() -> Self {
        let lifeline = Self(TempDir::new().unwrap());
        let made = std::process::Command::new("mkfifo")
            .arg(lifeline.path())
            .status();
        assert!(made.unwrap().success());
        lifeline
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("alive")
    }

    /// A command whose processes hold the pipe, as descriptor 3.
    fn held_by(&self, command: &str) -> String {
        format!("exec 3>'{}'; {command}", self.path().display())
    }

    /// Waits until a process that holds the pipe says that it is up.
    async fn held(&self) -> File {
        let path = self.path();
        let opened = tokio::task::spawn_blocking(move || {
            let mut pipe = File::open(path).unwrap();
            pipe.read_exact(&mut [0; 3]).unwrap();
            pipe
        });
        opened.await.unwrap()
    }
}

/// Waits until no process holds the pipe any more.
async fn is_let_go(mut pipe: File) -> bool {
    let read = tokio::task::spawn_blocking(move || pipe.read_to_end(&mut Vec::new()).is_ok());
    tokio::time::timeout(PATIENCE, read)
        .await
        .is_ok_and(|read| read.unwrap())
}

#[tokio::test]
async fn the_prefix_reaches_the_command() {
    let seen =
        read(r#"echo "{\"callId\":\"$CALL_PREFIX\",\"eventType\":\"e\",\"timestamp\":\"t\"}""#);
    assert!(matches!(seen.await, Ok(Reading::Records(e)) if e[0].call_id == "hc-1-"));
    assert_eq!(read("echo 3").await.unwrap(), Reading::Count(3));
}

#[tokio::test]
async fn a_failing_command_says_why() {
    let error = read("echo broken >&2; exit 3")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("broken") && error.contains('3'), "{error}");
    assert!(matches!(
        read("echo '<html>'").await,
        Err(ProbeError::Garbage(_))
    ));
}

#[tokio::test]
async fn a_command_without_end_leaves_nothing_behind() {
    let lifeline = Lifeline::new();
    let limits = Limits {
        time: Duration::from_secs(1),
        ..Limits::USUAL
    };
    let command = lifeline.held_by(CHILD);
    let probe = CommandProbe::limited(&command, limits).unwrap();
    let scope = scope();
    let (answer, pipe) = tokio::join!(probe.read(&scope), lifeline.held());
    let error = answer.unwrap_err().to_string();
    assert!(error.contains("no end after 1s"), "{error}");
    assert!(is_let_go(pipe).await);
}

#[tokio::test]
async fn a_dropped_question_leaves_nothing_behind() {
    let lifeline = Lifeline::new();
    let probe = CommandProbe::parse(&lifeline.held_by(CHILD)).unwrap();
    let scope = scope();
    let pipe = tokio::select! {
        answer = probe.read(&scope) => panic!("{answer:?}"),
        pipe = lifeline.held() => pipe,
    };
    assert!(is_let_go(pipe).await);
}

#[tokio::test]
async fn the_end_of_the_shell_is_the_end_of_what_it_started() {
    let lifeline = Lifeline::new();
    let silent = lifeline.held_by("echo up >&3; sleep 30 >/dev/null 2>&1 & echo 0");
    // This one holds the answer's pipe too.
    for command in [silent, lifeline.held_by("echo up >&3; sleep 30 & echo 0")] {
        let (answer, pipe) = tokio::join!(read(&command), lifeline.held());
        assert_eq!(answer.unwrap(), Reading::Count(0));
        assert!(is_let_go(pipe).await);
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let limits = Limits {
        mebibytes: 1,
        ..Limits::USUAL
    };
    let lifeline = Lifeline::new();
    let probe = CommandProbe::limited(&lifeline.held_by("echo up >&3; yes"), limits).unwrap();
    let scope = scope();
    let (answer, pipe) = tokio::join!(probe.read(&scope), lifeline.held());
    assert!(
        matches!(&answer, Err(ProbeError::Garbage(why)) if why.contains("more than 1 MiB")),
        "{answer:?}"
    );
    assert!(is_let_go(pipe).await);
}

#[tokio::test]
async fn many_complaints_do_not_keep_a_command_from_ending() {
    let answer = read("yes | head -c 1000000 >&2 && echo 3").await;
    assert_eq!(answer.unwrap(), Reading::Count(3));
}
