//! Open loop: every request has its own intended time, so a receiver that stalls cannot slow the
//! questions down and hide its stall (coordinated omission).

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinSet};

use crate::sender::{Attempt, Connection, Connector, Request};

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
    /// Kept connections that the receiver had closed before they were used again. Their requests
    /// went over other ones.
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
///
/// # Panics
/// When an attempt panics: its request would be missing among the others.
pub async fn open_loop(connector: &Connector, rate: f64, requests: Vec<Request>) -> LoadRun {
    let idle: Arc<Mutex<Vec<Connection>>> = Arc::default();
    let interval = Duration::from_secs_f64(1.0 / rate);
    // A first moment to come, so that the first request is not late from the start.
    let start = Instant::now() + Duration::from_millis(5);
    let mut pending = JoinSet::new();
    let mut done = Vec::with_capacity(requests.len());
    for (index, request) in requests.into_iter().enumerate() {
        let intended = start + interval.mul_f64(index as f64);
        loop {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(intended.into()) => break,
                Some(joined) = pending.join_next() => done.push(landed(joined)),
            }
        }
        let (connector, idle) = (connector.clone(), Arc::clone(&idle));
        // A task of its own, so that reading answers never delays the next request.
        pending.spawn(async move {
            let (shot, stale) = shoot(&connector, &idle, intended, request).await;
            (index, shot, stale)
        });
    }
    while let Some(joined) = pending.join_next().await {
        done.push(landed(joined));
    }
    done.sort_by_key(|(index, ..)| *index);
    LoadRun {
        stale_connections: done.iter().map(|(_, _, stale)| stale).sum(),
        shots: done.into_iter().map(|(_, shot, _)| shot).collect(),
    }
}

/// What a task brought. Leaving one out would shift all that follow, so its panic is passed on.
fn landed<T>(joined: Result<T, JoinError>) -> T {
    joined.unwrap_or_else(|error| {
        resume_unwind(match error.try_into_panic() {
            Ok(panic) => panic,
            Err(cancelled) => Box::new(cancelled.to_string()),
        })
    })
}

async fn shoot(
    connector: &Connector,
    idle: &Mutex<Vec<Connection>>,
    intended: Instant,
    request: Request,
) -> (Shot, usize) {
    let sent = Instant::now();
    let (kept, stale) = take(idle).await;
    let (attempt, connection) = match kept {
        Some(mut connection) => {
            let attempt = connector.attempt_on(&mut connection, request).await;
            (attempt, Some(connection))
        }
        None => connector.attempt_on_new(request).await,
    };
    if let Some(connection) = connection.filter(|connection| connection.is_open) {
        keep(idle, connection);
    }
    let shot = Shot {
        intended,
        sent,
        attempt,
    };
    (shot, stale)
}

/// An idle connection, and how many were stale.
///
/// A receiver may close an idle connection whenever it likes, so each is looked at before it is
/// used. Once a request is out, it is not sent again: a close is then all the answer there is.
async fn take(idle: &Mutex<Vec<Connection>>) -> (Option<Connection>, usize) {
    let mut stale = 0;
    loop {
        let Some(mut connection) = idle.lock().ok().and_then(|mut idle| idle.pop()) else {
            return (None, stale);
        };
        if connection.is_live().await {
            return (Some(connection), stale);
        }
        stale += 1;
    }
}

fn keep(idle: &Mutex<Vec<Connection>>, connection: Connection) {
    if let Ok(mut idle) = idle.lock() {
        idle.push(connection);
    }
}
