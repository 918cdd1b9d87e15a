//! Sinks end to end: events come in over HTTP, the workers tell other systems on this machine.

mod http;
mod https;
mod mail;
mod mail_tls;

use std::path::Path;
use std::time::Duration;

use hamsa_reference_server::store::{DeadLetter, SqliteStore, Store};
use hamsa_reference_server::{ReceiverArgs, Settings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use crate::support::{Receiver, SECRET, event};

/// Settings read from a file with these `[sinks]` tables. Variable `SINK_URL` holds `url`, `SINK_TOKEN` a token.
fn with_sinks(dir: &Path, tables: &str, url: &str) -> Settings {
    let config = dir.join("receiver.toml");
    let store = dir.join("events.db").display().to_string();
    let text = format!(
        "store = \"sqlite:{store}\"\nexpose_effects = true\n[sinks]\nbackoff_ms = 5\n{tables}"
    );
    std::fs::write(&config, text.replace("{url}", url)).unwrap();
    let args = ReceiverArgs {
        config: Some(config),
        ..ReceiverArgs::default()
    };
    let env = |name: &str| match name {
        "WEBHOOK_SECRET" => Some(SECRET.to_owned()),
        "SINK_URL" => Some(url.to_owned()),
        "SINK_TOKEN" => Some("t0k3n".to_owned()),
        _ => None,
    };
    Settings::resolve(&args, env).unwrap()
}

/// Delivers events one after the other, waits until nothing is owed to anybody, and stops.
async fn tell(settings: Settings, events: &[Value]) {
    let receiver = Receiver::start(settings).await;
    for event in events {
        assert_eq!(receiver.deliver(event).await.status, 200);
    }
    idle(&receiver).await;
    receiver.stop().await;
}

/// Waits until no event and no delivery is pending.
async fn idle(receiver: &Receiver) {
    let idle = async {
        loop {
            let ready = receiver.get("/readyz").await.json();
            if ready["pending"] == 0 && ready["deliveries"] == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), idle).await;
    waited.expect("everybody was told");
}

/// What was given up, as the store has it after the receiver stopped.
async fn dead_letters(dir: &Path) -> Vec<DeadLetter> {
    let store = SqliteStore::open(&dir.join("events.db")).unwrap();
    let dead = store.dead_letters(99).await.unwrap();
    store.close().await.unwrap();
    dead
}

/// The start of a call by +1.
fn started(call_id: &str) -> Value {
    let mut event = event("call.started", call_id, "t1");
    event["data"]["data"] = json!({"callDirection": "inbound", "fromNumber": "+1"});
    event
}

/// The end of a call, unresolved.
fn ended(call_id: &str, timestamp: &str) -> Value {
    let mut event = event("call.ended", call_id, timestamp);
    event["data"]["data"] = json!({
        "callDuration": 125, "transcription": [{"Agent": "hello"}, {"User": "help"}],
        "outcomeResult": {"intent": "billing", "resolved": false},
    });
    event
}

/// Writes a certificate for `localhost`, its key, and the authority that vouches for it.
fn write_certificates(dir: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let cert = leaf.signed_by(&key, &issuer).unwrap();
    for (name, text) in [
        ("root.pem", root.pem()),
        ("cert.pem", cert.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        std::fs::write(dir.join(name), text).unwrap();
    }
}
