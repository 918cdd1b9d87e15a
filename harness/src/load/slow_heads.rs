//! Slow heads ("slow loris"): connections that a receiver serves for as long as it is patient,
//! without ever getting a request.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::sender::Connector;

/// Connections that trickle until they are dropped.
pub struct SlowHeads {
    opened: usize,
    trickling: JoinSet<()>,
}

impl SlowHeads {
    /// Opens them all, then lets each send one byte per `pause`.
    pub async fn open(connector: &Connector, count: usize, pause: Duration) -> Self {
        let opening = join_all((0..count).map(|_| connector.open())).await;
        let mut heads = Self {
            opened: 0,
            trickling: JoinSet::new(),
        };
        for mut connection in opening.into_iter().flatten() {
            heads.opened += 1;
            let connector = connector.clone();
            heads.trickling.spawn(async move {
                connector.drip_head(&mut connection, pause).await;
            });
        }
        heads
    }

    /// How many connections were made.
    pub fn opened(&self) -> usize {
        self.opened
    }

    /// How many the receiver has not closed.
    pub fn still_open(&mut self) -> usize {
        while self.trickling.try_join_next().is_some() {}
        self.trickling.len()
    }
}
