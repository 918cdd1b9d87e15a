//! The router, and the life of a receiver: open the store, accept connections, work, stop without loss.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::acknowledgement::Acknowledgement;
use crate::handler::handle;
use crate::intake::{Client, receive};
use crate::read_api;
use crate::settings::{Settings, SettingsError};
use crate::store::{Store, StoreError};
use crate::worker::Worker;

/// What every request sees.
#[derive(Clone)]
pub struct AppState {
    pub(crate) settings: Arc<Settings>,
    pub(crate) store: Arc<dyn Store>,
}

impl AppState {
    /// Ties settings and an open store together.
    pub fn new(settings: Settings, store: Arc<dyn Store>) -> Self {
        Self {
            settings: Arc::new(settings),
            store,
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
    /// The listener has no address.
    #[error("failed to ask the listener for its address: {0}")]
    Listener(#[from] std::io::Error),
}

/// The routes: webhook, health, and effects where the settings expose them.
pub fn router(state: AppState) -> Router {
    let webhook = post(receive).fallback(async || Acknowledgement::MethodNotAllowed);
    let mut router = Router::new()
        .route(&state.settings.path, webhook)
        .route("/healthz", get(read_api::healthz))
        .route("/readyz", get(read_api::readyz));
    if state.settings.expose_effects {
        let exposed = Router::new()
            .route("/effects", get(read_api::effects))
            .route("/calls/{call_id}", get(read_api::call))
            .layer(from_fn_with_state(state.clone(), read_api::guard));
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
/// [`ServeError`] when the store cannot be opened, or not be closed in order.
pub async fn serve(
    listener: TcpListener,
    mut settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    settings.listen = listener.local_addr()?;
    let settings = settings.checked()?;
    let store = settings.store.open()?;
    let state = AppState::new(settings, Arc::clone(&store));
    let settings = Arc::clone(&state.settings);

    let (stop, stopping) = watch::channel(false);
    let worker = Arc::new(Worker {
        store: Arc::clone(&store),
        handler: Arc::new(handle),
        retry: settings.retry,
    });
    let mut workers = JoinSet::new();
    for _ in 0..settings.workers {
        let (worker, stopping) = (Arc::clone(&worker), stopping.clone());
        workers.spawn(async move { worker.run(stopping).await });
    }

    accept(listener, &router(state), shutdown, settings.shutdown_grace).await;
    let _ = stop.send(true);
    while workers.join_next().await.is_some() {}
    Ok(store.close().await?)
}

/// Our own accept loop instead of `axum::serve`, for limits that it does not offer.
async fn accept(
    listener: TcpListener,
    router: &Router,
    shutdown: impl Future<Output = ()>,
    grace: Duration,
) {
    /// Also the longest idle time of a kept connection.
    const HEAD_TIME: Duration = Duration::from_secs(75);
    const MAX_HEADERS: usize = 256;
    /// Out of file descriptors: wait for some connection to end.
    const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(MAX_HEADERS);
    // A sender that shuts its writing side after the request still gets its answer.
    http.half_close(true);

    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::error!(%error, "no connection accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Answers are small; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let routes = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Client(client));
            routes.call(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        // A connection that breaks is the client's affair; the requests on it have logged theirs.
        connections.spawn(async move { drop(connection.await) });
    }
    drop(listener);
    if timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests still in flight after the grace period are cut");
    }
}
