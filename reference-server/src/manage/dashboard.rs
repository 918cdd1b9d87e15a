//! The dashboard: what the store is asked for a page, and for how long.

use std::time::{Duration, SystemTime};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use hamsa_schemas::IdempotencyKey;
use maud::Markup;
use serde::Deserialize;
use tokio::time::timeout;

use super::pages::{self, Overview, Row};
use super::{Managing, age};
use crate::call::Call;
use crate::store::{EffectRecord, Scope, Store, StoreError};

/// How long the store may take for a part of a page.
const READ_TIME: Duration = Duration::from_secs(3);
/// Calls on the overview.
const CALLS: usize = 25;
/// Dead letters on the overview.
const LETTERS: usize = 5;
/// Pages of effects that are read of one call. What is behind them is not shown.
const EFFECT_PAGES: usize = 4;

/// `GET /`: the overview. A part that the store does not give in time is missing; the others are shown.
pub(super) async fn overview(State(managing): State<Managing>) -> Response {
    let store = &*managing.app.store;
    let (depth, letters, calls, known) = tokio::join!(
        managing.in_time(store.depth()),
        managing.in_time(store.dead_letters(LETTERS)),
        managing.in_time(latest(store)),
        managing.figures.figures(),
    );
    let overview = Overview {
        now: SystemTime::now(),
        oldest: depth.as_ref().ok().and_then(|depth| age(depth.oldest_ms)),
        depth: depth.ok(),
        letters: letters.ok(),
        calls: calls.ok(),
        known,
    };
    page(StatusCode::OK, pages::overview(&overview))
}

/// `GET /calls/{callId}`: all that is known about a call.
pub(super) async fn call(
    State(managing): State<Managing>,
    Path(call_id): Path<String>,
) -> Response {
    show(&managing, call_id).await
}

/// The query of the search form.
#[derive(Deserialize)]
pub(super) struct Wanted {
    id: String,
}

/// `GET /calls?id=`: the same for any id. As a path a browser resolves `..`, however it is encoded.
pub(super) async fn find(
    State(managing): State<Managing>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    match wanted {
        Ok(Query(Wanted { id })) => show(&managing, id).await,
        Err(_) => nothing_here().await,
    }
}

/// Any other path.
pub(super) async fn nothing_here() -> Response {
    let text = "There is no such page.";
    page(StatusCode::NOT_FOUND, pages::message("Not found", text))
}

async fn show(managing: &Managing, call_id: String) -> Response {
    let effects = read(&*managing.app.store, call_id, |_| false);
    match managing.in_time(effects).await {
        Ok((effects, is_whole)) => match Call::of(&effects) {
            Some(call) => page(StatusCode::OK, pages::call(&call, is_whole)),
            None => {
                let text = "Nothing is known of a call with this id.";
                page(StatusCode::NOT_FOUND, pages::message("Unknown call", text))
            }
        },
        Err(_) => {
            let text = "The store did not answer. Try again later.";
            let body = pages::message("Store not available", text);
            page(StatusCode::SERVICE_UNAVAILABLE, body)
        }
    }
}

async fn latest(store: &dyn Store) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for call_id in store.latest_calls(CALLS).await? {
        // In key order what is said and done in a call comes behind its start.
        let is_behind = |key: &IdempotencyKey| key.event_type.as_str() > "call.started";
        let (effects, _) = read(store, call_id.clone(), is_behind).await?;
        rows.push(match Call::of(&effects) {
            Some(call) => Row::of(call),
            None => Row::without_effects(call_id),
        });
    }
    Ok(rows)
}

/// The effects of a call until `is_enough` says so of a page's last key, and whether that is all of them.
async fn read(
    store: &dyn Store,
    call_id: String,
    is_enough: impl Fn(&IdempotencyKey) -> bool,
) -> Result<(Vec<EffectRecord>, bool), StoreError> {
    let mut effects: Vec<EffectRecord> = Vec::new();
    for _ in 0..EFFECT_PAGES {
        let after = effects.last().map(|effect| effect.key.clone());
        let scope = Scope::Call(call_id.clone());
        let page = store.effects_after(scope, after).await?;
        let Some(last) = page.last() else {
            return Ok((effects, true));
        };
        let is_enough = is_enough(&last.key);
        effects.extend(page);
        if is_enough {
            break;
        }
    }
    Ok((effects, false))
}

impl Managing {
    async fn in_time<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let answer = timeout(READ_TIME, asked).await;
        let answer = answer.unwrap_or(Err(StoreError::Slow));
        if let Err(error) = &answer {
            let refusals = &self.app.refusals;
            refusals.log(|| tracing::error!(%error, "dashboard without the store"));
        }
        answer
    }
}

fn page(status: StatusCode, markup: Markup) -> Response {
    (status, Html(markup.into_string())).into_response()
}
