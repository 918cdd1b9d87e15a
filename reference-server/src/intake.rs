//! A delivery, step by step: allow-list → auth → rate limit → size → JSON → key → store → acknowledgement.
//!
//! Who the sender is gets decided from the headers alone, before one byte of the body is read (D-03,
//! G-AUTH-05). The rate limit counts only who fails there, so it cannot hit a valid token.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, header};
use axum::response::{IntoResponse, Response};
use hamsa_schemas::{EventType, Violation};
use tokio::time::timeout;

use crate::AppState;
use crate::acknowledgement::Acknowledgement;
use crate::admission::{admit, refused};
use crate::body::{BodyError, Whole, drain, read};
use crate::client::client_of;
use crate::envelope::key_of;
use crate::store::{Acceptance, StoreError};
use crate::telemetry::KeyFields;

/// How much of a refused stranger's body is read, so that the answer is not lost in a reset.
const REFUSED_DRAIN: usize = 64 << 10;
const REFUSED_DRAIN_TIME: Duration = Duration::from_secs(1);
/// A valid sender's useless body is read on, so that it learns why it was refused.
const USELESS_DRAIN: usize = 64 << 20;
const USELESS_DRAIN_TIME: Duration = Duration::from_secs(5);
/// How long the store may take. The sender waits for five seconds; this leaves time to tell it.
const STORE_TIME: Duration = Duration::from_secs(3);

/// Answers one delivery.
pub(crate) async fn receive(State(state): State<AppState>, request: Request<Body>) -> Response {
    let began = Instant::now();
    let acknowledgement = judge(&state, request).await;
    told(&state, began, acknowledgement)
}

/// Answers a request that delivers nothing, because it is not a POST.
pub(crate) async fn refuse_method(State(state): State<AppState>) -> Response {
    told(&state, Instant::now(), Acknowledgement::MethodNotAllowed)
}

fn told(state: &AppState, began: Instant, acknowledgement: Acknowledgement) -> Response {
    let answered = acknowledgement.answered();
    state.observer.answered(answered, began.elapsed());
    acknowledgement.into_response()
}

async fn judge(state: &AppState, request: Request<Body>) -> Acknowledgement {
    let (head, body) = request.into_parts();
    let trusted = &state.settings.trusted_proxies;
    let client = client_of(&head.extensions, &head.headers, trusted);
    if let Err(refusal) = admit(state, client, &head.headers) {
        tokio::spawn(drain(body, REFUSED_DRAIN, REFUSED_DRAIN_TIME));
        return refused(state, client, refusal);
    }
    take(state, client, &head.headers, body)
        .await
        .unwrap_or_else(|refusal| refused(state, client, refusal))
}

/// Reads the event and makes it durable. An error is a refusal that is still to be logged.
async fn take(
    state: &AppState,
    client: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Acknowledgement, Acknowledgement> {
    let limit = state.settings.body_limit;
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if !encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        tokio::spawn(drain(body, USELESS_DRAIN, USELESS_DRAIN_TIME));
        return Err(Acknowledgement::Encoded);
    }
    let time = state.settings.body_time;
    let Whole { bytes, share } = match read(body, headers, limit, time, &state.bodies).await {
        Ok(whole) => whole,
        Err(BodyError::TooMany(rest)) => {
            tokio::spawn(drain(rest, USELESS_DRAIN, USELESS_DRAIN_TIME));
            return Err(Acknowledgement::Unavailable);
        }
        Err(BodyError::TooLarge(rest)) => {
            tokio::spawn(drain(rest, USELESS_DRAIN, USELESS_DRAIN_TIME));
            return Err(Acknowledgement::TooLarge(limit));
        }
        Err(BodyError::TooSlow) => return Err(Acknowledgement::TooSlow),
        Err(BodyError::Broken) => {
            return Err(invalid(Violation::new("", "body", "the body ended early")));
        }
    };
    // The content type plays no part: the body decides.
    let key = key_of(&bytes).map_err(Acknowledgement::Invalid)?;
    let logged = key.clone();
    let acceptance = timeout(STORE_TIME, state.store.accept(key, bytes))
        .await
        .unwrap_or(Err(StoreError::Slow));
    drop(share);
    let KeyFields {
        event_type,
        call_id,
        timestamp,
    } = KeyFields::from(&logged);
    let acknowledgement = match acceptance {
        Ok(Acceptance::New) if EventType::from(&*logged.event_type).is_documented() => {
            Acknowledgement::Accepted
        }
        Ok(Acceptance::New) => Acknowledgement::UnknownType,
        Ok(Acceptance::Duplicate { altered }) => {
            if altered {
                tracing::info!(
                    ?event_type,
                    ?call_id,
                    ?timestamp,
                    "same event with other bytes"
                );
            }
            Acknowledgement::Duplicate
        }
        Err(error) => {
            state.refusals.log(
                || tracing::error!(?event_type, ?call_id, ?timestamp, %client, %error, "not stored"),
            );
            return Ok(Acknowledgement::Unavailable);
        }
    };
    tracing::info!(?event_type, ?call_id, ?timestamp, %client, answer = ?acknowledgement, "delivery");
    Ok(acknowledgement)
}

fn invalid(violation: Violation) -> Acknowledgement {
    Acknowledgement::Invalid(vec![violation])
}
