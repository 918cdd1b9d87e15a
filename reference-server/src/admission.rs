//! Whether a request may go on, from its address and its `Authorization` alone.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use crate::AppState;
use crate::acknowledgement::Acknowledgement;

/// Whether the sender may deliver: allow-list first, then authentication (D-03).
pub(crate) fn admit(
    state: &AppState,
    client: IpAddr,
    headers: &HeaderMap,
) -> Result<(), Acknowledgement> {
    let allow = &state.settings.allow;
    if !allow.is_empty() && !allow.contain(client) {
        return Err(Acknowledgement::Forbidden);
    }
    authenticate(state, client, headers)
}

/// Whether the request carries an accepted secret. Only one that does not counts against its client.
pub(crate) fn authenticate(
    state: &AppState,
    client: IpAddr,
    headers: &HeaderMap,
) -> Result<(), Acknowledgement> {
    let values = headers.get_all(header::AUTHORIZATION);
    let mut values = values.iter().map(|value| value.as_bytes());
    if state.settings.auth.admits(&mut values) {
        return Ok(());
    }
    Err(match state.strangers.count(client) {
        Some(Err(standing)) => Acknowledgement::TooManyRequests(standing),
        Some(Ok(standing)) => Acknowledgement::Unauthorized(Some(standing)),
        None => Acknowledgement::Unauthorized(None),
    })
}

/// Logs a refusal, which is the answer.
pub(crate) fn refused(
    state: &AppState,
    client: IpAddr,
    refusal: Acknowledgement,
) -> Acknowledgement {
    state
        .refusals
        .log(|| tracing::warn!(%client, ?refusal, "refused"));
    refusal
}
