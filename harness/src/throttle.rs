//! Obeys `429` and `Retry-After`, so that a rate limit slows a run down and judges nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// How long a run lets itself be slowed down in all.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The wait when a 429 names none.
const USUAL_WAIT: Duration = Duration::from_secs(1);
/// A receiver that says "now" is asked again after this.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// The receiver's wish to be sent less, and how far it was obeyed.
#[derive(Default)]
pub struct Throttle {
    seen: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    until: Option<Instant>,
    waited: Duration,
}

impl Throttle {
    /// How many 429 answers deliveries with the valid credential got.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    /// Notes a 429. False when the run has waited long enough and should take it as an answer.
    pub fn note(&self, retry_after: Option<&str>) -> bool {
        self.seen.fetch_add(1, Ordering::Relaxed);
        let wait = retry_after
            .and_then(wanted)
            .unwrap_or(USUAL_WAIT)
            .max(SHORTEST_WAIT);
        let Ok(mut state) = self.state.lock() else {
            return false;
        };
        let now = Instant::now();
        if state.until.is_some_and(|until| until > now) {
            return true;
        }
        if wait > LONGEST_WAIT.saturating_sub(state.waited) {
            return false;
        }
        state.waited += wait;
        state.until = Some(now + wait);
        true
    }

    /// Waits as long as the receiver asked to.
    pub async fn pause(&self) {
        let until = self.state.lock().map_or(None, |state| state.until);
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }
}

/// `Retry-After` as seconds or as a date (RFC 9110, 10.2.3).
fn wanted(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_kept_and_shared() {
        let throttle = Throttle::default();
        let began = Instant::now();
        assert!(throttle.note(Some("3")));
        assert!(
            throttle.note(Some("50")),
            "one wait is enough for all that came meanwhile"
        );
        throttle.pause().await;
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        assert_eq!(throttle.seen(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let throttle = Throttle::default();
        for _ in 0..3 {
            assert!(throttle.note(Some("20")));
            throttle.pause().await;
        }
        assert!(!throttle.note(None));
    }

    #[tokio::test(start_paused = true)]
    async fn absurd_wishes_are_no_wishes() {
        let throttle = Throttle::default();
        assert!(!throttle.note(Some("18446744073709551615")));
        assert!(
            throttle.note(Some("soon")),
            "an unreadable wish is a short wait"
        );
        assert!(throttle.note(Some("Fri, 31 Dec 1999 23:59:59 GMT")));
    }
}
