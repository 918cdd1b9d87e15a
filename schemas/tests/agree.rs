//! Properties: key, schemas and readers say the same about any document, and never panic.

use hamsa_schemas::{
    Body, EVENT_TYPES, Envelope, EventType, IdempotencyKey, SchemaId, validate, validate::is_valid,
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// The member names the readers know, so that arbitrary documents hit them.
const NAMES: [&str; 22] = [
    "eventType",
    "callId",
    "timestamp",
    "data",
    "projectId",
    "agentId",
    "agentName",
    "callDirection",
    "fromNumber",
    "toNumber",
    "params",
    "callStartedAt",
    "speaker",
    "text",
    "confidence",
    "toolName",
    "duration",
    "transcription",
    "outcomeResult",
    "Agent",
    "sentiment_score",
    "callDuration",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("")),
        select(&EVENT_TYPES[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        let name = prop_oneof![select(&NAMES[..]).prop_map(str::to_owned), any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((name, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Seven members, of which `data` is arbitrary.
fn any_event() -> impl Strategy<Value = Value> {
    let wrapped =
        any_json().prop_map(|inner| json!({"timestamp": "2024-01-15T14:30:00Z", "data": inner}));
    (select(&EVENT_TYPES[..]), prop_oneof![any_json(), wrapped])
        .prop_map(|(name, data)| event(name, data))
}

fn event(name: &str, data: impl Into<Value>) -> Value {
    json!({
        "eventType": name, "callId": "c", "timestamp": "2024-01-15T14:30:00.000Z",
        "projectId": "p", "agentId": "a", "agentName": "n", "data": data.into(),
    })
}

fn key() -> impl Strategy<Value = IdempotencyKey> {
    let part = || prop_oneof!["[a:\\x00]{0,4}", any::<String>()];
    (part(), part(), part()).prop_map(|(call_id, event_type, timestamp)| IdempotencyKey {
        call_id,
        event_type,
        timestamp,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_key_and_schema_agree(document in any_json()) {
        let _ = (Body::read(&document), Envelope::of(&document).body().members());
        for schema in hamsa_schemas::catalog::all() {
            prop_assert_eq!(validate(schema.id, &document).is_empty(), is_valid(schema.id, &document));
        }
        let key = IdempotencyKey::of(&document);
        prop_assert_eq!(key.is_ok(), is_valid(SchemaId::Delivery, &document));
    }

    #[test]
    fn key_errors_are_the_violations_of_the_tolerant_schema(
        members in vec((select(&NAMES[..3]), any_json()), 0..4),
    ) {
        let document = Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect::<Map<_, _>>());
        let places = |violations: Vec<hamsa_schemas::Violation>| {
            let mut places: Vec<_> = violations.into_iter().map(|v| (v.pointer, v.keyword)).collect();
            places.sort();
            places
        };
        let of_key = IdempotencyKey::of(&document).err().unwrap_or_default();
        prop_assert_eq!(places(of_key), places(validate(SchemaId::Delivery, &document)));
    }

    #[test]
    fn what_is_documented_reads_without_a_warning(event in any_event()) {
        if is_valid(SchemaId::Event, &event) {
            prop_assert!(is_valid(SchemaId::Delivery, &event));
            let body = Body::read(&event);
            let documented = body.warnings().iter().find(|warning| is_documented_place(&warning.pointer));
            prop_assert_eq!(documented, None, "{}", event);
        }
    }

    #[test]
    fn the_encoding_can_be_decoded_and_so_is_injective(key in key()) {
        let bytes = key.encode();
        let mut rest = bytes.as_slice();
        let mut parts = Vec::new();
        while let Some((len, tail)) = rest.split_first_chunk::<8>() {
            let len = usize::try_from(u64::from_be_bytes(*len)).unwrap();
            prop_assert!(len <= tail.len());
            parts.push(String::from_utf8(tail[..len].to_vec()).unwrap());
            rest = &tail[len..];
        }
        prop_assert!(rest.is_empty());
        prop_assert_eq!(parts, [key.call_id, key.event_type, key.timestamp]);
    }

    #[test]
    fn different_keys_look_different(one in key(), other in key()) {
        prop_assert_eq!(one.to_string() == other.to_string(), one == other);
    }

    #[test]
    fn a_key_survives_json(key in key()) {
        let value = serde_json::to_value(&key).unwrap();
        prop_assert_eq!(serde_json::from_value::<IdempotencyKey>(value).unwrap(), key);
    }
}

/// The schemas describe a member in one place only; the readers also find it in the other one of `data`
/// and `data.data`, and read turns of speakers that no schema names.
fn is_documented_place(pointer: &str) -> bool {
    let steps: Vec<_> = pointer.split('/').collect();
    match steps[..] {
        ["", "data", member] => ["callStartedAt", "timestamp"].contains(&member),
        ["", "data", "data", "transcription", _, speaker] => ["Agent", "User"].contains(&speaker),
        ["", "data", "data", member, ..] => member != "callStartedAt",
        _ => false,
    }
}

/// One wrong type per member: the schema refuses it and the reader warns at the same place.
#[test]
fn schema_and_reader_object_to_the_same_members() {
    let odd = json!([[]]);
    let members = [
        (
            "call.started",
            vec!["callDirection", "fromNumber", "toNumber", "params"],
        ),
        (
            "transcription.update",
            vec!["speaker", "text", "confidence"],
        ),
        ("tool.executed", vec!["toolName", "duration"]),
        (
            "call.ended",
            vec![
                "conversationId",
                "conversationRecording",
                "outcomeResult",
                "callDuration",
                "fromNumber",
            ],
        ),
    ];
    for (name, members) in members {
        for member in members {
            let mut inner = json!({
                "conversationId": "c", "conversationRecording": "https://example.com/a.mp3",
                "transcription": [], "outcomeResult": {},
            });
            inner[member] = odd.clone();
            assert_same_place(
                &event(name, json!({"data": inner})),
                &format!("/data/data/{member}"),
            );
        }
    }
    for outcome in [
        "expectedSalary",
        "noticePeriod",
        "intent",
        "resolved",
        "sentiment_score",
        "number_of_speakers",
    ] {
        let inner = json!({
            "conversationId": "c", "conversationRecording": "https://example.com/a.mp3",
            "transcription": [], "outcomeResult": { outcome: odd },
        });
        let event = event("call.ended", json!({"data": inner}));
        assert_same_place(&event, &format!("/data/data/outcomeResult/{outcome}"));
    }
    assert_same_place(
        &event("call.started", json!({"callStartedAt": odd})),
        "/data/callStartedAt",
    );
}

fn assert_same_place(event: &Value, pointer: &str) {
    let refused = validate(SchemaId::Event, event);
    assert!(
        refused.iter().any(|violation| violation.pointer == pointer),
        "{pointer}: {refused:?}"
    );
    let body = Body::read(event);
    assert!(
        body.warnings()
            .iter()
            .any(|warning| warning.pointer == pointer),
        "{pointer}: {body:?}"
    );
}

#[test]
fn an_undocumented_type_is_held_to_the_envelope_only() {
    let unknown = event("call.transferred", json!({"data": 7}));
    assert_eq!(validate(SchemaId::Event, &unknown), []);
    assert_eq!(
        Envelope::of(&unknown).kind(),
        Some(EventType::Other("call.transferred".into()))
    );
    assert_eq!(Body::read(&unknown), Body::Other);
    assert_ne!(
        validate(SchemaId::Event, &event("call.ended", json!({"data": 7}))),
        []
    );
}

#[test]
fn configuration_follows_the_guide() {
    let with = |auth: Value| json!({"webhookUrl": "https://example.com/w", "webhookAuth": auth});
    let accepted = |auth: Value| is_valid(SchemaId::Webhook, &with(auth));
    assert!(accepted(json!({"authKey": "noAuth"})));
    assert!(accepted(
        json!({"authKey": "Token", "authSecret": "Secret"})
    ));
    assert!(!accepted(
        json!({"authKey": "bearer", "authSecret": "sk_live_abc123xyz789"})
    ));
    assert!(!accepted(
        json!({"authKey": "bearer", "authSecret": "bearer sk_live_abc123xyz789"})
    ));
    assert!(!accepted(json!({"authKey": "bearer"})));
    assert!(!accepted(
        json!({"authKey": "noAuth", "authSecret": "Bearer x"})
    ));
    assert!(!is_valid(
        SchemaId::Webhook,
        &json!({"webhookUrl": "http://api.yourcompany.com/webhook"})
    ));
    let sdk = json!({"agentId": "a", "params": {"list": [1]}});
    assert_eq!(
        validate(SchemaId::SdkStart, &sdk)[0].pointer,
        "/params/list"
    );
}
