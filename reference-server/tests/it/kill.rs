//! SIGKILL at seeded random moments of a burst, for each durable store: what was acknowledged is never lost, and nothing
//! is ever doubled.
//!
//! Each round starts the receiver, sends from several senders, and kills it after a random number of acknowledgements
//! and microseconds. Then it looks, without workers, how far the receiver had got; that the kills really fell between
//! request and acknowledgement, and between acknowledgement and effect, is part of the result.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::child::{Process, receiver};
use crate::support::{Request, deliver, effects, event, settled};

const ROUNDS: usize = 24;
const SENDERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_survives_kills() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    survives_kills(&format!("sqlite:{}", path.display())).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn postgres_survives_kills() {
    survives_kills(&std::env::var("HAMSA_TEST_POSTGRES").unwrap()).await;
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis"]
async fn redis_survives_kills() {
    survives_kills(&std::env::var("HAMSA_TEST_REDIS").unwrap()).await;
}

/// What the senders know of a round.
#[derive(Default)]
struct Round {
    acked: BTreeSet<String>,
    /// The whole request was sent, and no answer came.
    unknown: BTreeSet<String>,
}

/// What a kill fell between.
#[derive(Default, Debug)]
struct Windows {
    request_and_ack: usize,
    commit_and_ack: usize,
    ack_and_effect: usize,
}

/// Where the store is shared, the work of a dead receiver waits for its lease to end.
const SHORT_LEASE: &str = "lease_seconds = 1";

async fn survives_kills(store: &str) {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("receiver.toml");
    std::fs::write(&config, SHORT_LEASE).unwrap();
    let config = config.to_str().unwrap();
    let start = |workers| {
        let mut command = receiver(store, &["--workers", workers, "--config", config]);
        command.env("HAMSA_LOG", "error");
        Process::spawn(command)
    };

    // Every id holds it, so it stands in every failure; the kernel's part of the timing cannot be repeated.
    let given = std::env::var("HAMSA_TEST_SEED").ok();
    let seed = given.map_or_else(
        || fastrand::u64(..),
        |hex| u64::from_str_radix(&hex, 16).unwrap(),
    );
    let mut random = fastrand::Rng::with_seed(seed);
    // The store may be a database that others use too.
    let run = format!("kill-{seed:x}-");
    let mut windows = Windows::default();
    let mut all = BTreeSet::new();
    for number in 0..ROUNDS {
        let mut process = start("2");
        let prefix = format!("{run}{number}-");
        let round = burst(&mut process, &prefix, &mut random).await;
        look(start("0"), &prefix, &round, &mut windows).await;

        // The senders come again with everything that they have no answer for, and to be sure, with the rest.
        let process = start("2");
        for call_id in round.acked.iter().chain(&round.unknown) {
            let reply = deliver(process.address, &event("call.ended", call_id, "t")).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            let is_known = reply.json()["duplicate"] == true;
            assert!(
                is_known || round.unknown.contains(call_id),
                "{call_id} was acknowledged and is lost"
            );
            windows.commit_and_ack += usize::from(is_known && round.unknown.contains(call_id));
        }
        let expected = round.acked.len() + round.unknown.len();
        settled(process.address, &prefix, expected).await;
        all.extend(round.acked);
        all.extend(round.unknown);
        assert_eq!(process.terminate(), 0);
    }
    let process = start("0");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for effect in effects(process.address, &run).await {
        *counts.entry(call_id(&effect)).or_default() += 1;
    }
    assert!(
        counts.values().all(|count| *count == 1),
        "doubled: {counts:?}"
    );
    assert_eq!(counts.into_keys().collect::<BTreeSet<_>>(), all);
    let Windows {
        request_and_ack,
        commit_and_ack,
        ack_and_effect,
    } = windows;
    assert!(
        request_and_ack > 0 && commit_and_ack > 0 && ack_and_effect > 0,
        "seed {seed:x}: no kill fell between some of request, commit, ack and effect: {windows:?}"
    );
}

fn call_id(effect: &Value) -> String {
    effect["callId"].as_str().unwrap().to_owned()
}

/// Sends until the receiver is killed.
async fn burst(process: &mut Process, prefix: &str, random: &mut fastrand::Rng) -> Round {
    let (told, mut answers) = mpsc::unbounded_channel();
    for sender in 0..SENDERS {
        let (address, told, prefix) = (process.address, told.clone(), prefix.to_owned());
        tokio::spawn(async move {
            for n in 0.. {
                let call_id = format!("{prefix}{sender}-{n}");
                let attempt = attempt(address, &call_id).await;
                let is_over = attempt != Attempt::Acked;
                let _ = told.send((call_id, attempt));
                if is_over {
                    return;
                }
            }
        });
    }
    drop(told);
    let mut round = Round::default();
    let wanted = random.usize(1..120);
    let pause = Duration::from_micros(random.u64(0..3_000));
    let mut is_killed = false;
    while let Some((call_id, attempt)) = answers.recv().await {
        match attempt {
            Attempt::Acked => round.acked.insert(call_id),
            Attempt::Unanswered => round.unknown.insert(call_id),
            Attempt::Unsent => false,
        };
        if round.acked.len() == wanted && !is_killed {
            tokio::time::sleep(pause).await;
            process.child.kill().unwrap();
            process.child.wait().unwrap();
            is_killed = true;
        }
    }
    assert!(is_killed, "the receiver ended by itself");
    round
}

/// Looks at what the killed receiver had done. Without workers nothing is added.
async fn look(process: Process, prefix: &str, round: &Round, windows: &mut Windows) {
    let effects = effects(process.address, prefix).await;
    let done: BTreeSet<String> = effects.iter().map(call_id).collect();
    assert_eq!(done.len(), effects.len(), "doubled");
    windows.request_and_ack += usize::from(!round.unknown.is_empty());
    windows.ack_and_effect += usize::from(!round.acked.is_subset(&done));
    assert_eq!(process.terminate(), 0);
}

#[derive(Debug, PartialEq)]
enum Attempt {
    Acked,
    Unanswered,
    Unsent,
}

async fn attempt(address: SocketAddr, call_id: &str) -> Attempt {
    let body = event("call.ended", call_id, "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    };
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return Attempt::Unsent;
    };
    if stream.write_all(&request.bytes()).await.is_err() {
        // Some of it may have arrived.
        return Attempt::Unanswered;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    if answer.starts_with(b"HTTP/1.1 200") {
        Attempt::Acked
    } else {
        Attempt::Unanswered
    }
}
