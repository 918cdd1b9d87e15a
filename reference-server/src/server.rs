//! The router, and the life of a receiver: open the store, accept connections, work, stop without loss.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::body::Budget;
use crate::handler::handle;
use crate::intake::{receive, refuse_method};
use crate::observe::{Nobody, Observer};
use crate::rate_limit::RateLimit;
use crate::readiness::Readiness;
use crate::settings::{Settings, SettingsError};
use crate::store::{Store, StoreError};
use crate::telemetry::Refusals;
use crate::transport::Transport;
use crate::worker::{Delivering, Handling, Worker, prune_now_and_then};
use crate::{connections, effects_api, extras, read_api};

/// To one sink.
const DELIVERIES_AT_ONCE: usize = 8;
/// Connections of the management listener: a Prometheus or two, and a few browsers.
const MANAGERS: usize = 32;
/// For requests of the management listener that are in flight at the end; they only read.
const MANAGE_GRACE: Duration = Duration::from_secs(2);

/// What every request sees.
#[derive(Clone)]
pub struct AppState {
    pub(crate) settings: Arc<Settings>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) readiness: Readiness,
    pub(crate) bodies: Budget,
    pub(crate) strangers: RateLimit,
    pub(crate) readers: effects_api::Readers,
    pub(crate) refusals: Refusals,
    pub(crate) observer: Arc<dyn Observer>,
}

impl AppState {
    /// Ties settings and an open store together.
    pub fn new(settings: Settings, store: Arc<dyn Store>) -> Self {
        Self {
            readiness: Readiness::default(),
            bodies: Budget::for_bodies_of(settings.body_limit),
            strangers: RateLimit::new(settings.unauthenticated_per_minute),
            settings: Arc::new(settings),
            store,
            readers: effects_api::Readers::default(),
            refusals: Refusals::default(),
            observer: Arc::new(Nobody),
        }
    }
}

/// A receiver could not start, or could not end in order.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings do not fit the address that is really listened on.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store could not be opened or closed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store stopped working for good. What was acknowledged is in it, and is taken up at the next start.
    #[error("the store ended by itself")]
    StoreEnded,
    /// The listener has no address.
    #[error("failed to ask the listener for its address: {0}")]
    Listener(#[from] std::io::Error),
    /// The management listener's address cannot be listened on.
    #[error("failed to listen for management on {address}: {source}")]
    Manage {
        /// As set.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// The routes: webhook, health, and effects where the settings expose them.
pub fn router(state: AppState) -> Router {
    let webhook = post(receive).fallback(refuse_method);
    let mut router = Router::new()
        .route(&state.settings.path, webhook)
        .route("/healthz", get(read_api::healthz))
        .route("/readyz", get(read_api::readyz));
    if state.settings.expose_effects {
        let exposed = Router::new()
            .route("/effects", get(effects_api::effects))
            .route("/calls/{call_id}", get(effects_api::call))
            .layer(from_fn_with_state(state.clone(), effects_api::guard));
        router = router.merge(exposed);
    }
    router.with_state(state)
}

/// Opens the store and serves until `shutdown` resolves.
///
/// Then it stops accepting, lets requests in flight end (at most [`Settings::shutdown_grace`]), lets workers finish
/// their batch and closes the store. Nothing that was acknowledged is lost: what no worker finished is
/// taken up at the next start.
///
/// # Errors
///
/// [`ServeError`] when the management listener's address is taken; when the store cannot be opened, not be closed in
/// order, or ends by itself: a receiver that cannot store for good ends too, so that whatever supervises it starts another.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let managing = match settings.manage {
        Some(address) => {
            let bound = TcpListener::bind(address).await;
            Some(bound.map_err(|source| ServeError::Manage { address, source })?)
        }
        None => None,
    };
    serve_managed(listener, managing, settings, shutdown).await
}

/// As [`serve`], with a management listener that is bound already, or none, whatever [`Settings::manage`] says.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_managed(
    listener: TcpListener,
    managing: Option<TcpListener>,
    mut settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    settings.listen = listener.local_addr()?;
    settings.manage = managing.as_ref().map(TcpListener::local_addr).transpose()?;
    let settings = settings.checked()?;
    let store = settings.store.open().await?;
    serve_from(store, listener, managing, settings, shutdown).await
}

async fn serve_from(
    store: Arc<dyn Store>,
    listener: TcpListener,
    managing: Option<TcpListener>,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let mut state = AppState::new(settings, Arc::clone(&store));
    let settings = Arc::clone(&state.settings);
    let managing = managing.map(|listener| (listener, extras::manage(&mut state)));

    let (stop, stopping) = watch::channel(false);
    let mut workers = start_workers(&state, &stopping);
    let managed = manage(managing, &settings, stopping);

    let mut has_ended = false;
    let stopped = async {
        tokio::select! {
            () = shutdown => {}
            () = store.ended() => has_ended = true,
        }
    };
    let received = async {
        connections::serve(listener, &router(state), &settings, stopped).await;
        let _ = stop.send(true);
        let ended = async { while workers.join_next().await.is_some() {} };
        if timeout(settings.shutdown_grace, ended).await.is_err() {
            // Their leases run out, and the work is taken up again.
            tracing::warn!("deliveries to sinks still under way after the grace period are cut");
            workers.shutdown().await;
        }
    };
    tokio::join!(received, managed);
    if has_ended {
        return Err(ServeError::StoreEnded);
    }
    Ok(store.close().await?)
}

/// Serves the management listener until the receiver stops.
async fn manage(
    managing: Option<(TcpListener, Router)>,
    settings: &Settings,
    mut stopping: watch::Receiver<bool>,
) {
    let Some((listener, router)) = managing else {
        return;
    };
    // A certificate names the webhook's host, not loopback.
    let transport = if settings.management_is_open() {
        Transport::Plain
    } else {
        settings.transport.clone()
    };
    if let Some(address) = settings.manage {
        tracing::info!("managing on {}://{address}", transport.scheme());
    }
    let limits = Settings {
        max_connections: MANAGERS,
        max_connections_per_client: MANAGERS / 4,
        shutdown_grace: MANAGE_GRACE,
        transport,
        ..settings.clone()
    };
    let stopped = async {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    connections::serve(listener, &router, &limits, stopped).await;
}

fn start_workers(state: &AppState, stopping: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    let settings = &state.settings;
    let (store, stop) = (Arc::clone(&state.store), stopping.clone());
    workers.spawn(prune_now_and_then(store, settings.retention, stop));
    let handling = Arc::new(Worker {
        store: Arc::clone(&state.store),
        observer: Arc::clone(&state.observer),
        job: Handling {
            handler: Arc::new(handle),
            sinks: settings.sinks.clone(),
            retry: settings.retry,
            hold: settings.lease,
        },
    });
    for _ in 0..settings.workers {
        let (worker, stop) = (Arc::clone(&handling), stopping.clone());
        workers.spawn(async move { worker.run(stop).await });
    }
    if settings.workers == 0 {
        return workers;
    }
    for sink in &settings.sinks {
        let delivering = Arc::new(Worker {
            store: Arc::clone(&state.store),
            observer: Arc::clone(&state.observer),
            job: Delivering {
                store: Arc::clone(&state.store),
                sink: Arc::clone(sink),
                retry: settings.sink_retry,
            },
        });
        for _ in 0..DELIVERIES_AT_ONCE {
            let (worker, stop) = (Arc::clone(&delivering), stopping.clone());
            workers.spawn(async move { worker.run(stop).await });
        }
    }
    workers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Auth;
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn a_receiver_whose_store_ends_ends_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("events.db")).unwrap());
        store.close().await.unwrap();
        let settings = Settings::new(Auth::Nobody);
        let ended = serve_from(store, listener, None, settings, std::future::pending()).await;
        assert!(matches!(ended, Err(ServeError::StoreEnded)), "{ended:?}");
    }
}
