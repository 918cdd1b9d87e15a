//! Open loop: every request has its own intended time, so a receiver that stalls cannot slow the
//! questions down and hide its stall (coordinated omission).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::sender::{Attempt, Connection, Connector, NoAnswer, Request};

/// One request of a load run.
pub struct Shot {
    /// When it should have been sent.
    pub intended: Instant,
    /// When it was.
    pub sent: Instant,
    /// What happened.
    pub attempt: Attempt,
}

impl Shot {
    /// From the intended time to the last response byte: what a sender on schedule would see.
    pub fn corrected(&self) -> Option<Duration> {
        let read = self.attempt.timing.last_byte_read?;
        Some(read.saturating_duration_since(self.intended))
    }

    /// How late it was sent.
    pub fn lag(&self) -> Duration {
        self.sent.saturating_duration_since(self.intended)
    }
}

/// The result of a load run, in the order of the requests.
pub struct LoadRun {
    /// One per request.
    pub shots: Vec<Shot>,
    /// Kept connections that the receiver had closed meanwhile; their requests were sent again.
    pub stale_connections: usize,
}

impl LoadRun {
    /// The value at a quantile of something measured on each shot.
    pub fn quantile(&self, quantile: f64, of: impl Fn(&Shot) -> Option<Duration>) -> Duration {
        let mut values: Vec<Duration> = self.shots.iter().filter_map(of).collect();
        values.sort_unstable();
        let index = (values.len() as f64 * quantile).ceil() as usize;
        values
            .get(index.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }
}

/// Sends the requests at `rate` per second over kept connections, as many as it takes.
pub async fn open_loop(connector: &Connector, rate: f64, requests: Vec<Request>) -> LoadRun {
    let idle: Arc<Mutex<Vec<Connection>>> = Arc::default();
    let interval = Duration::from_secs_f64(1.0 / rate);
    // A first moment to come, so that the first request is not late from the start.
    let start = Instant::now() + Duration::from_millis(5);
    let mut pending = FuturesUnordered::new();
    let mut done = Vec::with_capacity(requests.len());
    for (index, request) in requests.into_iter().enumerate() {
        let intended = start + interval.mul_f64(index as f64);
        loop {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(intended.into()) => break,
                Some(shot) = pending.next(), if !pending.is_empty() => done.push(shot),
            }
        }
        let (connector, idle) = (connector.clone(), Arc::clone(&idle));
        // A task of its own, so that reading answers never delays the next request.
        let task = tokio::spawn(async move { shoot(&connector, &idle, intended, request).await });
        pending.push(async move { (index, task.await) });
    }
    while let Some(shot) = pending.next().await {
        done.push(shot);
    }
    done.sort_by_key(|(index, _)| *index);
    let mut stale_connections = 0;
    let shots = done
        .into_iter()
        .filter_map(|(_, shot)| shot.ok())
        .map(|(shot, was_stale)| {
            stale_connections += usize::from(was_stale);
            shot
        })
        .collect();
    LoadRun {
        shots,
        stale_connections,
    }
}

async fn shoot(
    connector: &Connector,
    idle: &Mutex<Vec<Connection>>,
    intended: Instant,
    request: Request,
) -> (Shot, bool) {
    let sent = Instant::now();
    let kept = idle.lock().ok().and_then(|mut idle| idle.pop());
    let mut was_stale = false;
    let attempt = match kept {
        Some(mut connection) => {
            let attempt = connector.attempt_on(&mut connection, request.clone()).await;
            // A receiver may close an idle connection whenever it likes; that is no answer.
            was_stale = matches!(
                attempt.no_answer(),
                Some(NoAnswer::Closed | NoAnswer::Broken(_))
            );
            keep(idle, connection);
            attempt
        }
        None => fresh(connector, idle, request.clone()).await,
    };
    let attempt = if was_stale {
        fresh(connector, idle, request).await
    } else {
        attempt
    };
    (
        Shot {
            intended,
            sent,
            attempt,
        },
        was_stale,
    )
}

async fn fresh(connector: &Connector, idle: &Mutex<Vec<Connection>>, request: Request) -> Attempt {
    match connector.open().await {
        Ok(mut connection) => {
            let attempt = connector.attempt_on(&mut connection, request).await;
            keep(idle, connection);
            attempt
        }
        // Opening again records the failure with its own clock.
        Err(_) => connector.attempt(request).await,
    }
}

fn keep(idle: &Mutex<Vec<Connection>>, connection: Connection) {
    if let (true, Ok(mut idle)) = (connection.is_open, idle.lock()) {
        idle.push(connection);
    }
}
