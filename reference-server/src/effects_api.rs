//! Effects and calls, only when a receiver was asked at its start to show them.
//!
//! `/effects` is the probe of DESIGN 5.3. Effects hold personal data, so they are guarded.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use hamsa_schemas::IdempotencyKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::AppState;
use crate::call::Call;
use crate::guard::admit_reader;
use crate::read_api::{answer, busy, unavailable};
use crate::store::{EffectRecord, Scope, Store, StoreError};

/// Answers that are being made at once; each holds a page or two of effects.
const READERS: usize = 16;
/// How long a further one waits for its turn.
const TURN_TIME: Duration = Duration::from_secs(5);

/// Turns at reading.
#[derive(Debug, Clone)]
pub(crate) struct Readers(Arc<Semaphore>);

impl Default for Readers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(READERS)))
    }
}

impl Readers {
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let turn = timeout(TURN_TIME, Arc::clone(&self.0).acquire_owned());
        turn.await.ok()?.ok()
    }
}

/// The query of `/effects`; without one, all effects are meant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EffectsQuery {
    call_id: Option<String>,
    prefix: Option<String>,
}

/// `GET /effects?prefix=` or `?callId=`: one record per event taken.
pub(crate) async fn effects(
    State(state): State<AppState>,
    query: Result<Query<EffectsQuery>, QueryRejection>,
) -> Response {
    let scope = match query.map(|Query(query)| (query.call_id, query.prefix)) {
        Ok((Some(call_id), None)) => Scope::Call(call_id),
        Ok((None, prefix)) => Scope::Prefix(prefix.unwrap_or_default()),
        // A misspelt name would otherwise answer with all there is.
        Ok((Some(_), Some(_))) | Err(_) => {
            let body = json!({"error": "Give either callId or prefix, and nothing else"});
            return answer(StatusCode::BAD_REQUEST, &body);
        }
    };
    let Some(turn) = state.readers.turn().await else {
        return busy("Too many readers");
    };
    let listing = Listing {
        store: Arc::clone(&state.store),
        scope,
        _turn: turn,
    };
    match listing.into_body().await {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => unavailable(&state, &error),
    }
}

/// `GET /calls/{callId}`: the call's record.
pub(crate) async fn call(State(state): State<AppState>, Path(call_id): Path<String>) -> Response {
    let Some(_turn) = state.readers.turn().await else {
        return busy("Too many readers");
    };
    match state.store.effects(Scope::Call(call_id)).await {
        Ok(effects) => match Call::of(&effects) {
            Some(call) => answer(StatusCode::OK, &json!(call)),
            None => answer(StatusCode::NOT_FOUND, &json!({"error": "Unknown call"})),
        },
        Err(error) => unavailable(&state, &error),
    }
}

/// Middleware before [`effects`] and [`call`].
pub(crate) async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_loopback = state.settings.effects_are_open();
    admit_reader(&state, is_loopback, request, next).await
}

/// An answer in the making.
struct Listing {
    store: Arc<dyn Store>,
    scope: Scope,
    _turn: OwnedSemaphorePermit,
}

impl Listing {
    /// One piece where one page is all, else a stream of pages: memory holds two of them, however many there are.
    async fn into_body(self) -> Result<Body, StoreError> {
        let first = self.store.effects_after(self.scope.clone(), None).await?;
        let second = self.behind(&first).await?;
        let mut text = b"{\"effects\":[".to_vec();
        write(&mut text, first);
        if second.is_empty() {
            text.extend_from_slice(b"]}");
            return Ok(Body::from(text));
        }
        let pages = try_unfold(Some((self, text, second)), |state| async move {
            let Some((listing, mut text, next)) = state else {
                return Ok::<_, StoreError>(None);
            };
            let state = if next.is_empty() {
                text.extend_from_slice(b"]}");
                None
            } else {
                let behind = listing.behind(&next).await?;
                let mut rest = b",".to_vec();
                write(&mut rest, next);
                Some((listing, rest, behind))
            };
            Ok(Some((Bytes::from(text), state)))
        });
        Ok(Body::from_stream(pages))
    }

    /// The page behind this one.
    async fn behind(&self, page: &[EffectRecord]) -> Result<Vec<EffectRecord>, StoreError> {
        let Some(last) = page.last() else {
            return Ok(Vec::new());
        };
        let after = Some(last.key.clone());
        self.store.effects_after(self.scope.clone(), after).await
    }
}

#[derive(Serialize)]
struct OnTheWire {
    #[serde(flatten)]
    key: IdempotencyKey,
    kind: String,
    data: Value,
}

/// Appends records with commas between them.
fn write(text: &mut Vec<u8>, page: Vec<EffectRecord>) {
    for (n, EffectRecord { key, kind, data }) in page.into_iter().enumerate() {
        if n > 0 {
            text.push(b',');
        }
        // Into memory, from values: neither can fail.
        let _ = serde_json::to_writer(&mut *text, &OnTheWire { key, kind, data });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn readers_take_turns() {
        let readers = Readers::default();
        let mut turns = Vec::new();
        for _ in 0..READERS {
            turns.push(readers.turn().await.unwrap());
        }
        let further = readers.turn();
        tokio::pin!(further);
        let soon = Duration::from_millis(20);
        assert!(timeout(soon, further.as_mut()).await.is_err());
        turns.pop();
        assert!(further.await.is_some());
    }
}
