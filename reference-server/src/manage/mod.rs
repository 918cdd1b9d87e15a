//! Optional: metrics for Prometheus and a dashboard for people, on a listener apart from the public one.
//!
//! Everything here only reads. The dashboard is plain HTML without scripts, so that its content security policy can
//! forbid all that a hostile transcript might bring along.
//!
//! | file        | does                                                        |
//! |-------------|-------------------------------------------------------------|
//! | `metrics`   | counts answers and attempts                                 |
//! | `histogram` | counts times without a lock                                 |
//! | `scrape`    | `/metrics`                                                  |
//! | `figures`   | the guide's analytics figures: a pure fold over effects     |
//! | `keeper`    | when that fold runs                                         |
//! | `dashboard` | `/`, `/calls/{callId}`: what the store is asked for a page  |
//! | `pages`     | what a page looks like                                      |

mod dashboard;
mod figures;
mod histogram;
mod keeper;
mod metrics;
mod pages;
mod scrape;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::get;

use crate::guard::admit_reader;
use crate::observe::Observer;
use crate::{AppState, read_api};
use keeper::Keeper;
use metrics::Metrics;

/// No script, nothing from elsewhere, and in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// What every request to the management listener sees.
#[derive(Clone)]
struct Managing {
    app: AppState,
    metrics: Arc<Metrics>,
    figures: Keeper,
}

impl FromRef<Managing> for AppState {
    fn from_ref(managing: &Managing) -> Self {
        managing.app.clone()
    }
}

/// The routes of the management listener. From now on what this receiver does is counted.
///
/// Where [`Settings::manage`](crate::Settings::manage) is a loopback address they are open to who asks for a loopback
/// name; else they demand the bearer value.
pub fn manage(app: &mut AppState) -> Router {
    let metrics = Arc::new(Metrics::new());
    app.observer = Arc::clone(&metrics) as Arc<dyn Observer>;
    let managing = Managing {
        app: app.clone(),
        metrics,
        figures: Keeper::of(Arc::clone(&app.store)),
    };
    Router::new()
        .route("/", get(dashboard::overview))
        .route("/calls", get(dashboard::find))
        .route("/calls/{call_id}", get(dashboard::call))
        .route("/style.css", get(pages::style))
        .route("/icon.svg", get(pages::icon))
        .route("/metrics", get(scrape::metrics))
        .route("/healthz", get(read_api::healthz))
        .route("/readyz", get(read_api::readyz))
        .fallback(dashboard::nothing_here)
        .layer(from_fn_with_state(managing.clone(), guard))
        .layer(map_response(protect))
        .with_state(managing)
}

async fn guard(State(managing): State<Managing>, request: Request, next: Next) -> Response {
    let is_loopback = managing.app.settings.management_is_open();
    admit_reader(&managing.app, is_loopback, request, next).await
}

async fn protect(mut response: Response) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}

/// How long ago that was, given in milliseconds since 1970.
fn age(since_ms: Option<i64>) -> Option<Duration> {
    let since = Duration::from_millis(u64::try_from(since_ms?).ok()?);
    Some(UNIX_EPOCH.elapsed().ok()?.saturating_sub(since))
}
