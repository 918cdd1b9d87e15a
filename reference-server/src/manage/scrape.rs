//! `GET /metrics`: what was counted, and what the store says now.
//!
//! A store that does not answer costs its own gauges only: the rest is told, with `hamsa_store_up 0`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use tokio::time::timeout;

use super::{Managing, age};
use crate::store::{Depth, Store};

/// How long the store may take; Prometheus itself waits for ten seconds.
const STORE_TIME: Duration = Duration::from_secs(3);

pub(super) async fn metrics(State(managing): State<Managing>) -> Response {
    let standing = Standing::of(&*managing.app.store).await;
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Arc::clone(&managing.metrics)));
    registry.register_collector(Box::new(standing));
    let mut text = String::new();
    match prometheus_text::encode(&mut text, &registry) {
        Ok(()) => (
            [(header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE)],
            text,
        )
            .into_response(),
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// How the store stands.
#[derive(Debug)]
struct Standing {
    takes_events: bool,
    depth: Option<Depth>,
}

impl Standing {
    async fn of(store: &dyn Store) -> Self {
        let (check, depth) = tokio::join!(
            timeout(STORE_TIME, store.check()),
            timeout(STORE_TIME, store.depth()),
        );
        Self {
            takes_events: matches!(check, Ok(Ok(()))),
            depth: depth.ok().and_then(Result::ok),
        }
    }
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: u64| {
            encoder
                .encode_descriptor(name, help, None, MetricType::Gauge)?
                .encode_gauge(&value)
        };
        gauge(
            "hamsa_store_up",
            "Whether the store could take an event now",
            u64::from(self.takes_events),
        )?;
        let Some(depth) = self.depth else {
            return Ok(());
        };
        gauge(
            "hamsa_pending_events",
            "Accepted events whose handling is not finished",
            depth.pending,
        )?;
        gauge(
            "hamsa_oldest_pending_seconds",
            "Age of the oldest of them, 0 without any",
            age(depth.oldest_ms).unwrap_or_default().as_secs(),
        )?;
        gauge(
            "hamsa_pending_deliveries",
            "Deliveries to sinks that are not finished",
            depth.deliveries,
        )?;
        gauge("hamsa_dead_letters", "Tasks that were given up", depth.dead)
    }
}
