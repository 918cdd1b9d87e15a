//! What a receiver tells about itself: its health, and, only when asked to at start, its effects and calls.
//!
//! `/effects` is the probe of DESIGN 5.3. Effects hold personal data, so they are open on a loopback address only;
//! anywhere else they demand the bearer value.

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::AppState;
use crate::acknowledgement::Acknowledgement;
use crate::call::Call;
use crate::store::{EffectRecord, Scope, StoreError};

/// `GET /healthz`: the process is alive.
pub(crate) async fn healthz() -> Response {
    answer(StatusCode::OK, &json!({"status": "ok"}))
}

/// `GET /readyz`: events can be stored.
pub(crate) async fn readyz(State(state): State<AppState>) -> Response {
    match state.store.depth().await {
        Ok(depth) => {
            let body =
                json!({"status": "ready", "pending": depth.pending, "deadLetters": depth.dead});
            answer(StatusCode::OK, &body)
        }
        Err(error) => unavailable(&error),
    }
}

/// The query of `/effects`; without one, all effects are meant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EffectsQuery {
    call_id: Option<String>,
    prefix: Option<String>,
}

/// `GET /effects?prefix=` or `?callId=`: one record per event taken.
pub(crate) async fn effects(
    State(state): State<AppState>,
    Query(query): Query<EffectsQuery>,
) -> Response {
    let scope = match (query.call_id, query.prefix) {
        (Some(call_id), None) => Scope::Call(call_id),
        (None, prefix) => Scope::Prefix(prefix.unwrap_or_default()),
        (Some(_), Some(_)) => {
            let body = json!({"error": "Give either callId or prefix"});
            return answer(StatusCode::BAD_REQUEST, &body);
        }
    };
    match state.store.effects(scope).await {
        Ok(records) => {
            let effects: Vec<Value> = records.into_iter().map(on_the_wire).collect();
            answer(StatusCode::OK, &json!({"effects": effects}))
        }
        Err(error) => unavailable(&error),
    }
}

/// `GET /calls/{callId}`: the call's record.
pub(crate) async fn call(State(state): State<AppState>, Path(call_id): Path<String>) -> Response {
    match state.store.effects(Scope::Call(call_id)).await {
        Ok(effects) => match Call::of(&effects) {
            Some(call) => answer(StatusCode::OK, &json!(call)),
            None => answer(StatusCode::NOT_FOUND, &json!({"error": "Unknown call"})),
        },
        Err(error) => unavailable(&error),
    }
}

/// Middleware before [`effects`] and [`call`].
pub(crate) async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let values = request.headers().get_all(header::AUTHORIZATION);
    let admits = || {
        state
            .settings
            .auth
            .admits(values.iter().map(|value| value.as_bytes()))
    };
    if state.settings.effects_are_open() || admits() {
        next.run(request).await
    } else {
        Acknowledgement::Unauthorized.into_response()
    }
}

fn on_the_wire(record: EffectRecord) -> Value {
    let EffectRecord { key, kind, data } = record;
    json!({
        "callId": key.call_id,
        "eventType": key.event_type,
        "timestamp": key.timestamp,
        "kind": kind,
        "data": data,
    })
}

fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "store not readable");
    answer(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({"error": "Store not available"}),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
