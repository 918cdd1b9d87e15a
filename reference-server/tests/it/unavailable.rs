//! A store that cannot take the event: never 200.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use hamsa_reference_server::store::{
    Acceptance, Answer, Conclusion, DeadLetter, Depth, EffectRecord, Lease, Pruned, Scope, Store,
    StoreError, Task,
};
use hamsa_reference_server::{AppState, router};
use hamsa_schemas::IdempotencyKey;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::support::{SECRET, event, settings};

/// Full, or one whose disk does not answer.
pub(crate) struct FullStore {
    pub(crate) hangs: bool,
}

impl FullStore {
    fn answer<T: Send + 'static>(&self) -> Answer<'static, T> {
        if self.hangs {
            return Box::pin(std::future::pending());
        }
        Box::pin(async { Err(StoreError::Full) })
    }
}

impl Store for FullStore {
    fn accept(&self, _: IdempotencyKey, _: Bytes) -> Answer<'_, Acceptance> {
        self.answer()
    }
    fn lease(&self, _: Task, _: usize, _: Duration) -> Answer<'_, Vec<Lease>> {
        self.answer()
    }
    fn conclude(&self, _: Vec<(Lease, Conclusion)>) -> Answer<'_, usize> {
        self.answer()
    }
    fn effects_after(&self, _: Scope, _: Option<IdempotencyKey>) -> Answer<'_, Vec<EffectRecord>> {
        self.answer()
    }
    fn latest_calls(&self, _: usize) -> Answer<'_, Vec<String>> {
        self.answer()
    }
    fn dead_letter(&self, _: i64, _: Task) -> Answer<'_, Option<(DeadLetter, Bytes)>> {
        self.answer()
    }
    fn revive(&self, _: i64, _: Task) -> Answer<'_, bool> {
        self.answer()
    }
    fn prune(&self, _: Duration, _: usize) -> Answer<'_, Pruned> {
        self.answer()
    }
    fn forget(&self, _: String) -> Answer<'_, u64> {
        self.answer()
    }
    fn dead_letters(&self, _: usize) -> Answer<'_, Vec<DeadLetter>> {
        self.answer()
    }
    fn depth(&self) -> Answer<'_, Depth> {
        self.answer()
    }
    fn check(&self) -> Answer<'_, ()> {
        self.answer()
    }
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }
    fn close(&self) -> Answer<'_, ()> {
        self.answer()
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_is_not_acknowledged() {
    let service = TowerToHyperService::new(router(AppState::new(
        settings(),
        Arc::new(FullStore { hangs: false }),
    )));
    let body = event("call.ended", "c", "t").to_string();
    let delivery = Request::post("/webhook")
        .header("authorization", SECRET)
        .body(Body::from(body));
    let response = service.call(delivery.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    let body = to_bytes(response.into_body(), 9999).await.unwrap();
    assert!(body.starts_with(b"{\"error\""));

    for path in ["/readyz", "/effects", "/calls/c"] {
        let question = Request::get(path).body(Body::empty()).unwrap();
        let response = service.call(question).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_not_waited_for_longer_than_the_sender_waits() {
    let store = Arc::new(FullStore { hangs: true });
    let service = TowerToHyperService::new(router(AppState::new(settings(), store)));
    let body = event("call.ended", "c", "t").to_string();
    let delivery = Request::post("/webhook")
        .header("authorization", SECRET)
        .body(Body::from(body));
    let start = tokio::time::Instant::now();
    let response = service.call(delivery.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert!(start.elapsed() <= Duration::from_secs(3));
}
