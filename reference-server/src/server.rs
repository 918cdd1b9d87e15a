//! The router, and the life of a receiver: open the store, accept connections, work, stop without loss.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::acknowledgement::Acknowledgement;
use crate::body::Budget;
use crate::handler::handle;
use crate::intake::receive;
use crate::rate_limit::RateLimit;
use crate::settings::{Settings, SettingsError};
use crate::store::{Store, StoreError};
use crate::telemetry::Refusals;
use crate::worker::Worker;
use crate::{connections, effects_api, read_api};

/// What every request sees.
#[derive(Clone)]
pub struct AppState {
    pub(crate) settings: Arc<Settings>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bodies: Budget,
    pub(crate) strangers: RateLimit,
    pub(crate) readers: effects_api::Readers,
    pub(crate) refusals: Refusals,
}

impl AppState {
    /// Ties settings and an open store together.
    pub fn new(settings: Settings, store: Arc<dyn Store>) -> Self {
        Self {
            bodies: Budget::for_bodies_of(settings.body_limit),
            strangers: RateLimit::new(settings.unauthenticated_per_minute),
            settings: Arc::new(settings),
            store,
            readers: effects_api::Readers::default(),
            refusals: Refusals::default(),
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
/// [`ServeError`] when the store cannot be opened, not be closed in order, or ends by itself: a receiver that cannot
/// store for good ends too, so that whatever supervises it starts another.
pub async fn serve(
    listener: TcpListener,
    mut settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    settings.listen = listener.local_addr()?;
    let settings = settings.checked()?;
    let store = settings.store.open()?;
    serve_from(store, listener, settings, shutdown).await
}

async fn serve_from(
    store: Arc<dyn Store>,
    listener: TcpListener,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
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

    let mut has_ended = false;
    let stopped = async {
        tokio::select! {
            () = shutdown => {}
            () = store.ended() => has_ended = true,
        }
    };
    connections::serve(listener, &router(state), &settings, stopped).await;
    let _ = stop.send(true);
    while workers.join_next().await.is_some() {}
    if has_ended {
        return Err(ServeError::StoreEnded);
    }
    Ok(store.close().await?)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::time::Duration;

    use bytes::Bytes;
    use hamsa_schemas::IdempotencyKey;

    use super::*;
    use crate::auth::Auth;
    use crate::store::{
        Acceptance, Answer, Conclusion, DeadLetter, Depth, EffectRecord, Lease, MemoryStore, Scope,
    };

    /// Ends by itself at once.
    struct Ended(MemoryStore);

    impl Store for Ended {
        fn accept(&self, key: IdempotencyKey, body: Bytes) -> Answer<'_, Acceptance> {
            self.0.accept(key, body)
        }
        fn lease(&self, limit: usize, hold: Duration) -> Answer<'_, Vec<Lease>> {
            self.0.lease(limit, hold)
        }
        fn conclude(&self, leases: Vec<(Lease, Conclusion)>) -> Answer<'_, usize> {
            self.0.conclude(leases)
        }
        fn effects_after(
            &self,
            scope: Scope,
            after: Option<IdempotencyKey>,
        ) -> Answer<'_, Vec<EffectRecord>> {
            self.0.effects_after(scope, after)
        }
        fn dead_letters(&self, limit: usize) -> Answer<'_, Vec<DeadLetter>> {
            self.0.dead_letters(limit)
        }
        fn depth(&self) -> Answer<'_, Depth> {
            self.0.depth()
        }
        fn check(&self) -> Answer<'_, ()> {
            self.0.check()
        }
        fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(async {})
        }
        fn close(&self) -> Answer<'_, ()> {
            self.0.close()
        }
    }

    #[tokio::test]
    async fn a_receiver_whose_store_ends_ends_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let store = Arc::new(Ended(MemoryStore::default()));
        let settings = Settings::new(Auth::Nobody);
        let ended = serve_from(store, listener, settings, std::future::pending()).await;
        assert!(matches!(ended, Err(ServeError::StoreEnded)), "{ended:?}");
    }
}
