//! The packaged receiver, as containers on loopback, and the databases that its replicas share.
//!
//! Images are named by `HAMSA_TEST_IMAGE_RECEIVER`, `HAMSA_TEST_IMAGE_POSTGRES` and `HAMSA_TEST_IMAGE_REDIS`;
//! `ci/images/build.sh` makes them where none can be pulled.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, helpers included"
)]

mod container;
mod database;
mod replica;
mod replicas;

use axum::http::StatusCode;
use serde_json::{Value, json};

use database::{Database, ask};
use replica::Replica;

fn event(call_id: &str) -> Value {
    json!({
        "eventType": "call.ended", "callId": call_id, "timestamp": "2024-01-15T14:35:00.000Z",
        "projectId": "p", "agentId": "a", "agentName": "n", "data": {"data": {}},
    })
}

#[tokio::test]
#[ignore = "needs Docker"]
async fn the_packaged_receiver_is_healthy_without_rights_and_can_die_alone() {
    let (first, second, third) = tokio::join!(
        Replica::start("memory"),
        Replica::start("sqlite:/data/hamsa.db"),
        Replica::start("sqlite:/data/hamsa.db"),
    );
    for replica in [&first, &second, &third] {
        let event = event("packaged-1");
        let (status, body) = replica.deliver(&event).await.unwrap();
        assert_eq!((status, body), (StatusCode::OK, json!({"received": true})));
        let (status, body) = replica.deliver(&event).await.unwrap();
        let duplicate = json!({"received": true, "duplicate": true});
        assert_eq!((status, body), (StatusCode::OK, duplicate));
        assert_eq!(replica.settled("packaged-", 1).await.len(), 1);

        let container = &replica.container;
        container
            .until("healthy", async || container.is_healthy().await)
            .await;
        assert_eq!(container.users().await, ["65532"]);
    }

    let code = second.container.kill().await;
    assert_eq!(code, 128 + 9);
    assert!(second.deliver(&event("packaged-2")).await.is_err());
    for replica in [&first, &third] {
        let (status, _) = replica.deliver(&event("packaged-2")).await.unwrap();
        assert_eq!(status, StatusCode::OK);
        assert_eq!(replica.settled("packaged-", 2).await.len(), 2);
    }
}

#[tokio::test]
#[ignore = "needs Docker"]
async fn the_databases_are_as_durable_as_the_acknowledgement_says() {
    // PostgreSQL is durable unless told otherwise; here it is enough that it asks for a password.
    let (_postgres, redis) = tokio::join!(Database::postgres(), Database::redis());
    let address = redis.store.strip_prefix("redis://").unwrap();
    let address = address.parse().unwrap();
    for (setting, value) in [
        ("appendonly", "yes"),
        ("appendfsync", "always"),
        ("maxmemory-policy", "noeviction"),
    ] {
        let answer = format!(
            "*2\r\n${}\r\n{setting}\r\n${}\r\n{value}\r\n",
            setting.len(),
            value.len()
        );
        let question = format!("CONFIG GET {setting}\r\n");
        let told = ask(address, question.as_bytes(), answer.len()).await;
        assert_eq!(String::from_utf8(told.unwrap()).unwrap(), answer);
    }
}
