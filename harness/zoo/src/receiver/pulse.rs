//! How many events come within a second.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The second that runs, and how many it has had.
#[derive(Debug)]
pub(super) struct Pulse(Mutex<(Instant, u64)>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Mutex::new((Instant::now(), 0)))
    }
}

impl Pulse {
    /// Counts so many more; gives how many this second has had.
    pub(super) fn count(&self, more: u64) -> u64 {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if second.0.elapsed() > Duration::from_secs(1) {
            *second = (Instant::now(), 0);
        }
        second.1 += more;
        second.1
    }
}
