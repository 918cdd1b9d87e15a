//! Open loop: every request has its own intended time, so a receiver that stalls cannot slow the
//! questions down and hide its stall (coordinated omission).

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinSet};

use super::sample::Sample;
use crate::sender::{Attempt, Connection, Connector, Credential, Request};

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

/// Which connections a load run goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// Kept ones, as many as it takes.
    Kept,
    /// A new one for each request.
    Fresh,
}

/// A request and when it has to go out.
pub struct Due {
    /// From the start of the run.
    pub at: Duration,
    /// What to send.
    pub request: Request,
}

/// The requests at a constant rate per second.
pub fn at_rate(rate: f64, requests: Vec<Request>) -> Vec<Due> {
    let interval = Duration::from_secs_f64(1.0 / rate);
    let due = |(index, request)| Due {
        at: interval.mul_f64(index as f64),
        request,
    };
    requests.into_iter().enumerate().map(due).collect()
}

/// The result of a load run.
pub struct LoadRun {
    /// One per request that was sent, in the order of the requests.
    pub shots: Vec<Shot>,
    /// Kept connections that the receiver had closed before they were used again. Their requests
    /// went over other ones.
    pub stale_connections: usize,
    /// Why the schedule was not sent to its end, when it was not.
    pub halt: Option<Halt>,
    /// Requests at the end of the schedule that were not sent any more.
    pub unsent: usize,
}

/// Why a schedule ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// A valid delivery was answered 429: who asks for less gets less, and is not judged by what
    /// was left out.
    Throttled,
    /// So many requests were waiting for their answers that more would take the connections that
    /// a process can have.
    TooManyWaiting,
}

/// Requests that wait for their answers at the same time. A process often has 1,024 handles.
const MOST_WAITING: usize = 900;

impl LoadRun {
    /// Something measured on each shot.
    pub fn sample(&self, of: impl Fn(&Shot) -> Option<Duration>) -> Sample {
        self.shots.iter().filter_map(of).collect()
    }

    /// Requests per second that really went out, over the whole schedule.
    pub fn offered_rate(&self) -> f64 {
        let (Some(first), Some(last)) = (self.shots.first(), self.shots.last()) else {
            return 0.0;
        };
        let intervals = self.shots.len().saturating_sub(1).max(1) as f64;
        let planned = last.intended.saturating_duration_since(first.intended);
        let took = last.sent.saturating_duration_since(first.intended);
        intervals / took.max(planned).as_secs_f64().max(1e-6)
    }
}

/// Sends the requests at `rate` per second over kept connections, as many as it takes.
///
/// # Panics
/// When an attempt panics: its request would be missing among the others.
pub async fn open_loop(connector: &Connector, rate: f64, requests: Vec<Request>) -> LoadRun {
    on_schedule(connector, at_rate(rate, requests), Connections::Kept).await
}

/// Sends each request when it is due, or until a [`Halt`].
///
/// # Panics
/// When an attempt panics: its request would be missing among the others.
pub async fn on_schedule(
    connector: &Connector,
    schedule: Vec<Due>,
    connections: Connections,
) -> LoadRun {
    let idle: Arc<Mutex<Vec<Connection>>> = Arc::default();
    // A first moment to come, so that the first request is not late from the start.
    let start = Instant::now() + Duration::from_millis(5);
    let mut pending = JoinSet::new();
    let planned = schedule.len();
    let mut done: Vec<(usize, Shot, usize)> = Vec::with_capacity(planned);
    let (mut looked_at, mut halt) = (0, None);
    for (index, Due { at, request }) in schedule.into_iter().enumerate() {
        let intended = start + at;
        let mut due = std::pin::pin!(tokio::time::sleep_until(intended.into()));
        loop {
            tokio::select! {
                biased;
                () = &mut due => break,
                Some(joined) = pending.join_next() => done.push(landed(joined)),
            }
        }
        while let Some(joined) = pending.try_join_next() {
            done.push(landed(joined));
        }
        if done[looked_at..]
            .iter()
            .any(|(_, shot, _)| asks_for_less(shot))
        {
            halt = Some(Halt::Throttled);
        } else if pending.len() >= MOST_WAITING {
            halt = Some(Halt::TooManyWaiting);
        }
        if halt.is_some() {
            break;
        }
        looked_at = done.len();
        let (connector, idle) = (connector.clone(), Arc::clone(&idle));
        // A task of its own, so that reading answers never delays the next request.
        pending.spawn(async move {
            let (shot, stale) = match connections {
                Connections::Kept => shoot(&connector, &idle, intended, request).await,
                Connections::Fresh => (shoot_once(&connector, intended, request).await, 0),
            };
            (index, shot, stale)
        });
    }
    while let Some(joined) = pending.join_next().await {
        done.push(landed(joined));
    }
    done.sort_by_key(|(index, ..)| *index);
    LoadRun {
        halt,
        unsent: planned - done.len(),
        stale_connections: done.iter().map(|(_, _, stale)| stale).sum(),
        shots: done.into_iter().map(|(_, shot, _)| shot).collect(),
    }
}

fn asks_for_less(shot: &Shot) -> bool {
    let is_valid = matches!(shot.attempt.request.credential, Credential::Valid);
    is_valid && shot.attempt.status() == Some(429)
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

async fn shoot_once(connector: &Connector, intended: Instant, request: Request) -> Shot {
    let sent = Instant::now();
    let attempt = connector.attempt(request).await;
    Shot {
        intended,
        sent,
        attempt,
    }
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
