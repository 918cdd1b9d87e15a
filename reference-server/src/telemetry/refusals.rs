//! Lines about refusals, a stranger's or a valid sender's, at most so many a second.
//!
//! A refusal costs its sender nothing, and a store that is down refuses everything, so it must not fill the log either: what exceeds the rate is counted, and told in
//! one line when the second is over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines per window.
const SHOWN: u32 = 20;
const WINDOW: Duration = Duration::from_secs(1);

/// Decides which of the lines that anybody may cause are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<Window>>);

#[derive(Debug, Default)]
struct Window {
    began: Option<Instant>,
    shown: u32,
    hidden: u64,
}

impl Refusals {
    /// Calls `write` unless the second has had its lines. Runs within a tokio runtime.
    pub(crate) fn log(&self, write: impl FnOnce()) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.is_none_or(|began| began.elapsed() >= WINDOW) {
            window.began = Some(Instant::now());
            window.shown = 0;
        }
        if window.shown < SHOWN {
            window.shown += 1;
            drop(window);
            return write();
        }
        window.hidden += 1;
        if window.hidden == 1 {
            let refusals = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(WINDOW).await;
                refusals.sum_up();
            });
        }
    }

    fn sum_up(&self) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hidden = std::mem::take(&mut window.hidden);
        drop(window);
        tracing::warn!(lines = hidden, "more refusals than are shown");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_has_its_lines_and_the_rest_is_counted() {
        let refusals = Refusals::default();
        let mut written = 0;
        for _ in 0..1_000 {
            refusals.log(|| written += 1);
        }
        assert_eq!(written, SHOWN);
        assert_eq!(refusals.0.lock().unwrap().hidden, u64::from(1_000 - SHOWN));
        tokio::time::sleep(WINDOW + Duration::from_millis(200)).await;
        refusals.log(|| written += 1);
        assert_eq!((written, refusals.0.lock().unwrap().hidden), (SHOWN + 1, 0));
    }
}
