//! A session that comes back after it was lost. While it is away, whoever asks is told at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::endpoint::Endpoint;
use super::failure::failure;
use super::session::{Driver, Session};
use crate::store::StoreError;

/// Between two tries to connect; doubles from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

type Current = Result<Arc<Session>, StoreError>;

/// Dropped, its connection ends.
pub(super) struct Link {
    current: watch::Receiver<Current>,
    closing: watch::Sender<bool>,
}

impl Link {
    /// Connects for the first time.
    ///
    /// # Errors
    ///
    /// Those of [`Endpoint::connect`].
    pub(super) async fn open(endpoint: Arc<Endpoint>, limit: Duration) -> Result<Self, StoreError> {
        let (session, driver) = endpoint.connect(limit).await?;
        let (sender, current) = watch::channel(Ok(Arc::new(session)));
        let (closing, mut is_closing) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                // Closed, or dropped.
                _ = is_closing.wait_for(|closing| *closing) => {}
                () = keep(&endpoint, limit, &sender, driver) => {}
            }
            // Whoever holds the session still ends what it is doing.
            let _ = sender.send_replace(Err(StoreError::Closed));
        });
        Ok(Self { current, closing })
    }

    /// The session, if there is one now.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn session(&self) -> Current {
        if *self.closing.borrow() {
            return Err(StoreError::Closed);
        }
        self.current.borrow().clone()
    }

    /// Lets go of the connection, once what is being done with it is done.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }
}

async fn keep(
    endpoint: &Endpoint,
    limit: Duration,
    current: &watch::Sender<Current>,
    mut driver: Driver,
) {
    loop {
        let lost = match driver.await {
            Ok(Err(error)) => error.into(),
            Ok(Ok(())) | Err(_) => failure("the connection was given up"),
        };
        tracing::warn!(error = %lost, "database connection lost");
        let _ = current.send_replace(Err(lost));
        let mut pause = FIRST_PAUSE;
        driver = loop {
            match endpoint.connect(limit).await {
                Ok((session, driver)) => {
                    let _ = current.send_replace(Ok(Arc::new(session)));
                    tracing::info!("database connection is back");
                    break driver;
                }
                Err(error) => {
                    let _ = current.send_replace(Err(error));
                }
            }
            sleep(pause).await;
            pause = LAST_PAUSE.min(pause * 2);
        };
    }
}
