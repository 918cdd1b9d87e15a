//! The upper bound for a receiver: checks the bearer, parses the JSON, stores nothing.
//!
//! What an axum user would write in ten minutes. It forgets every event that it acknowledges, so it is a measure
//! and no alternative.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::net::TcpListener;

const RECEIVED: (StatusCode, [(header::HeaderName, &str); 1], &str) = (
    StatusCode::OK,
    [(header::CONTENT_TYPE, "application/json")],
    r#"{"received":true}"#,
);

/// Serves `POST /webhook` on the loopback port that `PORT` names.
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret: &'static str = std::env::var("WEBHOOK_SECRET")?.leak();
    let port: u16 = std::env::var("PORT")?.parse()?;
    let router = Router::new()
        .route("/webhook", post(receive))
        .with_state(secret);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

async fn receive(State(secret): State<&'static str>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION);
    if authorization.is_none_or(|value| value.as_bytes() != secret.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(event) if event.is_object() => RECEIVED.into_response(),
        Ok(_) | Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
