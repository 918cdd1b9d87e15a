//! The collection as a whole: what every specimen has in common, and a sample of faults seen from
//! outside. Whether the cases find each of them is the harness's own test.

use hamsa_zoo::{Expect, controls, mutants};

use crate::support::{CREDENTIAL, Connection, Subject, event, post};

const TYPES: [&str; 5] = [
    "call.started",
    "call.answered",
    "transcription.update",
    "tool.executed",
    "call.ended",
];

/// A bug must be seen by the case that names it, so it must not already look like one root cause:
/// some valid event is taken, some bad credential is refused.
#[tokio::test]
async fn subtle_mutants_get_past_preflight() {
    for mutant in mutants::all() {
        if matches!(mutant.expect, Expect::RootCause | Expect::NoVerdict) {
            continue;
        }
        let subject = Subject::start(mutant.name).await;
        let mut is_taken = false;
        for (at, event_type) in TYPES.into_iter().enumerate() {
            is_taken = is_taken
                || subject
                    .deliver(&event(event_type, &format!("c{at}")))
                    .await
                    .status
                    < 400;
        }
        assert!(is_taken, "{} takes no valid event", mutant.name);
        let body = event("call.ended", "bad");
        let absent = subject.intrude(false, &body).await.status;
        let wrong = subject.intrude(true, &body).await.status;
        assert!(
            absent >= 300 || wrong >= 300,
            "{} lets both bad ones in",
            mutant.name
        );
    }
}

#[tokio::test]
async fn controls_take_each_event_once_and_refuse_strangers() {
    // The harness's own tests speak HTTP/2 to the one that takes nothing else.
    for control in controls::all().filter(|control| control.name != "h2-only") {
        let subject = Subject::start(control.name).await;
        for event_type in TYPES {
            let body = event(event_type, event_type);
            assert_eq!(subject.deliver(&body).await.status, 200, "{}", control.name);
            assert_eq!(subject.deliver(&body).await.status, 200, "{}", control.name);
            assert!(
                subject.intrude(true, &body).await.status >= 400,
                "{}",
                control.name
            );
        }
        let kinds = if control.name == "relaxed" { 2 } else { 1 };
        let effects = subject.settled_effects("call.ended", kinds).await;
        assert_eq!(effects.len(), kinds, "{}", control.name);
    }
}

#[tokio::test]
async fn races_are_real() {
    for name in ["check-then-act", "check-then-act-quick"] {
        let subject = Subject::start(name).await;
        let request = post(Some(CREDENTIAL), &event("call.ended", "c1"));
        let mut copies = Vec::new();
        for _ in 0..32 {
            let mut connection = subject.connect().await;
            connection.send(&request[..request.len() - 1]).await;
            copies.push(connection);
        }
        for copy in &mut copies {
            copy.send(&request[request.len() - 1..]).await;
        }
        for copy in &mut copies {
            assert_eq!(copy.answer(false).await.status, 200);
        }
        assert!(subject.effects("c1").await.len() > 1, "{name}");
    }
}

#[tokio::test]
async fn a_sender_that_hangs_up_loses_or_doubles_its_effect() {
    for (name, expected) in [
        ("plain", 1),
        ("hang-up-loses-effect", 0),
        ("hang-up-releases-key", 2),
    ] {
        let subject = Subject::start(name).await;
        let body = event("call.ended", "c1");
        let mut connection: Connection = subject.connect().await;
        connection.send(&post(Some(CREDENTIAL), &body)).await;
        drop(connection);
        assert_eq!(subject.deliver(&body).await.status, 200, "{name}");
        assert_eq!(subject.effects("c1").await.len(), expected, "{name}");
    }
}

#[tokio::test]
async fn bursts_lose_effects_of_acknowledged_events() {
    for name in ["lossy-queue", "lost-update"] {
        let subject = Subject::start(name).await;
        let deliveries: Vec<_> = (0..100)
            .map(|number| {
                let body = event("call.ended", &format!("c{number}"));
                tokio::spawn(async move { subject.deliver(&body).await.status })
            })
            .collect();
        for delivery in deliveries {
            assert_eq!(delivery.await.unwrap(), 200, "{name}");
        }
        let mut found = 0;
        for number in 0..100 {
            found += subject.effects(&format!("c{number}")).await.len();
        }
        assert!(found < 100, "{name}: {found}");
    }
}

#[tokio::test]
async fn a_table_of_single_exchanges_shows_the_faults() {
    let good = event("call.ended", "c1");
    let text = String::from_utf8(good.clone()).unwrap();
    let table: &[(&str, Vec<u8>, u16, usize)] = &[
        (
            "takes-array-of-one",
            format!("[{text}]").into_bytes(),
            200,
            1,
        ),
        (
            "forgives-last-byte",
            good[..good.len() - 1].to_vec(),
            200,
            1,
        ),
        (
            "effect-on-truncated-json",
            good[..good.len() - 4].to_vec(),
            200,
            1,
        ),
        (
            "missing-time-is-now",
            text.replace("\"timestamp\"", "\"time\"").into_bytes(),
            200,
            1,
        ),
        ("ignores-rest", format!("{text}{{}}").into_bytes(), 200, 1),
        (
            "names-nocase",
            text.replace("eventType", "eventtype").into_bytes(),
            200,
            1,
        ),
        (
            "refuses-unknown-members",
            text.replacen('{', "{\"x\":1,", 1).into_bytes(),
            400,
            0,
        ),
        (
            "unknown-members-lose-effect",
            text.replacen('{', "{\"x\":1,", 1).into_bytes(),
            200,
            0,
        ),
        ("500-on-non-ascii", good.clone(), 500, 0),
        (
            "500-on-unknown-event",
            event("call.transferred", "c1"),
            500,
            0,
        ),
        ("ack-302", good.clone(), 302, 1),
        ("ack-204", good.clone(), 204, 1),
    ];
    for (name, body, status, effects) in table {
        let subject = Subject::start(name).await;
        assert_eq!(subject.deliver(body).await.status, *status, "{name}");
        assert_eq!(subject.effects("c1").await.len(), *effects, "{name}");
    }
}
