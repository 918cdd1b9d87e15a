//! What a receiver tells about its health.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::AppState;
use crate::store::StoreError;

/// As long as a delivery would wait for the store.
const CHECK_TIME: Duration = Duration::from_secs(3);
const RETRY_AFTER_SECONDS: u64 = 1;

/// `GET /healthz`: the process is alive.
pub(crate) async fn healthz() -> Response {
    answer(StatusCode::OK, &json!({"status": "ok"}))
}

/// `GET /readyz`: events can be stored.
pub(crate) async fn readyz(State(state): State<AppState>) -> Response {
    let ready = timeout(CHECK_TIME, state.readiness.of(&*state.store)).await;
    match ready.unwrap_or(Err(StoreError::Slow)) {
        Ok(depth) => {
            let body = json!({
                "status": "ready",
                "pending": depth.map(|depth| depth.pending),
                "deliveries": depth.map(|depth| depth.deliveries),
                "deadLetters": depth.map(|depth| depth.dead),
            });
            answer(StatusCode::OK, &body)
        }
        Err(error) => unavailable(&state, &error),
    }
}

pub(crate) fn unavailable(state: &AppState, error: &StoreError) -> Response {
    state
        .refusals
        .log(|| tracing::error!(%error, "store not usable"));
    busy("Store not available")
}

/// Come again: a failure that passes.
pub(crate) fn busy(why: &str) -> Response {
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": why}));
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
    response
}

pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
