//! Connections, each with deadlines, and an end that waits only for what is owed.
//!
//! Our own accept loop instead of `axum::serve`, for limits that it does not offer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::activity::{Activity, Held};
use crate::client::Peer;
use crate::door::Door;
use crate::settings::Settings;
use crate::stream::{Patience, Stream};
use crate::transport::Transport;

/// The longest idle time of a kept connection.
const IDLE_TIME: Duration = Duration::from_secs(75);
/// How long a client may take to read an answer, or a piece of a long one.
const ANSWER_TIME: Duration = Duration::from_secs(30);
const MAX_HEADERS: usize = 256;
/// For a head, and for what is read of a body at a time.
const BUFFER: usize = 32 << 10;

/// Serves connections until `shutdown` resolves, and then what is in flight.
pub(crate) async fn serve(
    listener: TcpListener,
    router: &Router,
    settings: &Settings,
    shutdown: impl Future<Output = ()>,
) {
    let (stop, stopping) = watch::channel(false);
    let attendant = Attendant {
        router: router.clone(),
        http: http(),
        transport: settings.transport.clone(),
        patience: Patience {
            head: settings.head_time,
            answer: ANSWER_TIME,
        },
        stopping,
    };
    let mut door = Door::new(listener, settings);
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let entrant = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            next = door.next() => next,
        };
        let attendant = attendant.clone();
        connections.spawn(async move {
            attendant.attend(entrant.stream, entrant.client).await;
            drop(entrant.place);
        });
    }
    drop(door);
    let _ = stop.send(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(settings.shutdown_grace, ended).await.is_err() {
        tracing::warn!("requests still in flight after the grace period are cut");
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIME)
        .max_headers(MAX_HEADERS)
        .max_buf_size(BUFFER);
    // A sender that shuts its writing side after the request still gets its answer.
    http.half_close(true);
    http
}

/// What every connection needs.
#[derive(Clone)]
struct Attendant {
    router: Router,
    http: http1::Builder,
    transport: Transport,
    patience: Patience,
    stopping: watch::Receiver<bool>,
}

impl Attendant {
    /// Serves one connection until it ends, or until the receiver stops and owes it nothing.
    async fn attend(mut self, stream: TcpStream, client: SocketAddr) {
        // Answers are small; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let opened = tokio::select! {
            biased;
            opened = self.transport.open(stream, self.patience.head) => opened,
            _ = self.stopping.wait_for(|stopping| *stopping) => return,
        };
        let stream = match opened {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(client = %client.ip(), %error, "no TLS handshake");
                return;
            }
        };
        let activity = Arc::new(Activity::default());
        let stream = Stream::new(stream, Arc::clone(&activity), self.patience);
        let routes = TowerToHyperService::new(self.router);
        let seen = Arc::clone(&activity);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let open = seen.begin();
            request.extensions_mut().insert(Peer(client.ip()));
            let request = request.map(|body| Held::new(body, Arc::clone(&open)));
            let answer = routes.call(request);
            async move {
                Ok::<_, std::convert::Infallible>(answer.await?.map(|body| Held::new(body, open)))
            }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        // A connection that breaks is the client's affair; the requests on it have logged theirs.
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            _ = self.stopping.wait_for(|stopping| *stopping) => {}
        }
        // Without a whole head nothing is owed, and a half one would hold up the end.
        if activity.is_owed() {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
