//! Which connections are let in: as many as there are places, and of one client no more than its share.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::descriptors;
use crate::settings::Settings;
use crate::shares::{Share, Shares};

/// Out of file descriptors: wait for some connection to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Lets connections in, one for each place that is free.
pub(crate) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    shares: Shares,
    full: Episode,
    greedy: Episode,
    failing: Episode,
}

/// A connection that was let in.
pub(crate) struct Entrant {
    pub(crate) stream: TcpStream,
    pub(crate) client: SocketAddr,
    /// To be kept as long as the connection.
    pub(crate) place: (OwnedSemaphorePermit, Share),
}

/// A trouble is logged when it begins; one line per failed attempt would fill the disk.
#[derive(Default)]
struct Episode(Option<Instant>);

impl Episode {
    /// Whether this is the first time after a quiet while.
    fn begins(&mut self) -> bool {
        const QUIET: Duration = Duration::from_secs(10);
        let last = self.0.replace(Instant::now());
        last.is_none_or(|last| last.elapsed() > QUIET)
    }
}

impl Door {
    pub(crate) fn new(listener: TcpListener, settings: &Settings) -> Self {
        let places = descriptors::connections(settings.max_connections);
        let most = settings.max_connections_per_client;
        Self {
            listener,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            shares: Shares::of(most, settings.trusted_proxies.clone()),
            full: Episode::default(),
            greedy: Episode::default(),
            failing: Episode::default(),
        }
    }

    /// The next connection. May be dropped while it waits; then nothing is lost.
    pub(crate) async fn next(&mut self) -> Entrant {
        if self.places.available_permits() == 0 && self.full.begins() {
            tracing::warn!("as many connections as are allowed; further ones wait");
        }
        loop {
            // The semaphore is never closed; if it were, nothing could be let in any more.
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, client)) => {
                    if let Some(share) = self.shares.take(client.ip()) {
                        let place = (place, share);
                        return Entrant {
                            stream,
                            client,
                            place,
                        };
                    }
                    // Closed at once: to let it wait would take a place.
                    if self.greedy.begins() {
                        let client = client.ip();
                        tracing::warn!(%client, "a client has as many connections as one may; further ones are closed");
                    }
                }
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    if self.failing.begins() {
                        tracing::error!(%error, "no connection can be accepted");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// The client went away before it was let in.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
