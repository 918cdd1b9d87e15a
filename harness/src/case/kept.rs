//! A kept connection that is opened again when it has ended, as senders do it.

use super::expect;
use super::trial::{Stop, Trial};
use crate::sender::{Attempt, Connection, Request};

/// One connection at a time.
#[derive(Default)]
pub(super) struct Kept {
    connection: Option<Connection>,
    /// Connections so far.
    pub(super) opened: usize,
    /// Requests under which a connection was closed without a word.
    pub(super) dropped: usize,
}

impl Kept {
    /// One attempt. A 429 is waited out. A receiver may close a connection at any time, so a
    /// request that finds it closed is tried on a new one; there, being dropped is an answer.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub(super) async fn send(
        &mut self,
        trial: &mut Trial,
        request: Request,
    ) -> Result<Attempt, Stop> {
        loop {
            trial.scene().throttle.pause().await;
            let (mut connection, is_new) = self.usable(trial).await?;
            let attempt = trial.send_on(&mut connection, request.clone()).await;
            if connection.is_open {
                self.connection = Some(connection);
            }
            if trial.scene().note_throttled(&attempt) {
                continue;
            }
            if expect::dropped(&attempt) && !is_new {
                self.dropped += 1;
                continue;
            }
            return Ok(attempt);
        }
    }

    async fn usable(&mut self, trial: &mut Trial) -> Result<(Connection, bool), Stop> {
        if let Some(mut connection) = self.connection.take()
            && connection.is_live().await
        {
            return Ok((connection, false));
        }
        self.opened += 1;
        Ok((trial.open().await?, true))
    }
}
