//! P2: valid events are acknowledged, at least one of the five types.

use std::sync::Arc;

use futures_util::future::join_all;
use hamsa_schemas::EVENT_TYPES;

use super::look::{Blocks, Root};
use crate::case::Delivery;
use crate::error::HarnessError;
use crate::profile::{Auth, Profile};
use crate::scene::Scene;
use crate::sender::{Attempt, Connector, NoAnswer, millis};
use crate::terms::EvidenceKind::{E1, E2};
use crate::terms::Level;
use crate::verdict::Check;

pub(super) fn mint(scene: &Scene) -> Result<Vec<Delivery>, HarnessError> {
    EVENT_TYPES
        .iter()
        .enumerate()
        .map(|(index, event_type)| {
            let id = scene.payloads.typical(event_type);
            let fixture = scene
                .payloads
                .by_id(&id)
                .ok_or_else(|| HarnessError::Internal(format!("no fixture for {event_type}")))?;
            let call_id = format!("{}{index}", prefix(scene));
            let payload = scene
                .payloads
                .mint(fixture, &call_id, &scene.timestamp(index as u64));
            Ok(Delivery {
                key: payload.key,
                fixture: id,
                body: payload.bytes,
            })
        })
        .collect()
}

pub(super) fn prefix(scene: &Scene) -> String {
    format!("{}preflight-", scene.prefix())
}

/// One of each type at the same time; a 429 is waited out.
pub(super) async fn deliver_all(scene: &Scene, deliveries: &[Delivery]) -> Vec<Attempt> {
    join_all(deliveries.iter().map(|delivery| async {
        loop {
            scene.throttle.pause().await;
            let attempt = scene.connector.attempt(delivery.request()).await;
            if !scene.note_throttled(&attempt) {
                return attempt;
            }
        }
    }))
    .await
}

async fn speaks_tls(scene: &Scene) -> bool {
    let Some(https) = scene.connector.target.as_https() else {
        return false;
    };
    let connector = Connector {
        target: https,
        tls: Arc::new(scene.connector.tls.trusting()),
        ..scene.connector.clone()
    };
    connector.open().await.is_ok()
}

/// True for an answer in time that refuses nothing.
pub(super) fn is_acknowledged(scene: &Scene, attempt: &Attempt) -> bool {
    attempt.status().is_some_and(|status| status < 400)
        && attempt
            .timing
            .acknowledgement()
            .is_some_and(|took| took <= scene.deadline)
}

/// P2. None of the five was acknowledged: one finding against R1, or no verdict at all.
pub(super) async fn no_event_acknowledged(
    scene: &Scene,
    profile: &Profile,
    attempts: &[Attempt],
) -> Result<Option<Root>, HarnessError> {
    if attempts
        .iter()
        .any(|attempt| is_acknowledged(scene, attempt))
    {
        return Ok(None);
    }
    let url = scene.connector.target.shown();
    if attempts
        .iter()
        .all(|attempt| matches!(attempt.no_answer(), Some(NoAnswer::NotHttp(_))))
    {
        return Err(HarnessError::no_verdict(
            format!("{url} does not speak HTTP: {}", attempts[0].describe()),
            "check the port; for a TLS port the URL begins with https://",
        ));
    }
    let is_mute = |attempt: &Attempt| {
        matches!(
            attempt.no_answer(),
            Some(NoAnswer::Closed | NoAnswer::Broken(_))
        )
    };
    let is_tls = scene.connector.target.is_tls();
    if !is_tls && attempts.iter().all(is_mute) && speaks_tls(scene).await {
        return Err(HarnessError::no_verdict(
            format!("{url} speaks TLS, not plain HTTP"),
            "write the URL with https://",
        ));
    }
    if attempts
        .iter()
        .all(|attempt| matches!(attempt.status(), Some(401 | 403)))
    {
        let status = attempts[0].status().unwrap_or_default();
        return Err(match profile.auth {
            Auth::Bearer => HarnessError::no_verdict(
                format!("{url} answers {status} to every event with the configured secret"),
                "give the harness the same full header value that the receiver expects \
                 (`Bearer` and the token), through --auth-env NAME or --auth-file PATH",
            ),
            Auth::Off => HarnessError::no_verdict(
                format!("{url} answers {status} to every event without a credential"),
                "leave out --no-auth and give the secret through --auth-env NAME",
            ),
        });
    }
    let shown = slowest_or_first(attempts);
    let claim = "at least one of the five event types is answered 200 in time";
    let expected = format!("status 200, complete within {}", millis(profile.deadline));
    let mut actual = format!(
        "for all {} event types: {}",
        attempts.len(),
        shown.describe()
    );
    if attempts
        .iter()
        .all(|attempt| matches!(attempt.status(), Some(404 | 405)))
    {
        actual.push_str("; is the path of the URL right?");
    }
    Ok(Some(Root {
        case: "ACK-01",
        blocks: Blocks::Everything,
        check: Check::judged(Level::Must, claim, &[E1, E2], Some((expected, actual))).shown_by(0),
        attempts: vec![shown.clone()],
    }))
}

fn slowest_or_first(attempts: &[Attempt]) -> &Attempt {
    let silent = attempts
        .iter()
        .find(|attempt| matches!(attempt.no_answer(), Some(NoAnswer::TimedOut)));
    silent.unwrap_or(&attempts[0])
}
