//! How the harness itself kept up over a whole run: what it measures is worth as much.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::open_loop::{LoadRun, Shot};
use super::sample::Sample;

/// A request that goes out later than this was missed: its place in the schedule was empty.
pub const MISSED: Duration = Duration::from_millis(100);

/// The lag of every request that had a time to be sent.
#[derive(Debug, Default)]
pub struct Punctuality(Mutex<Vec<Duration>>);

impl Punctuality {
    /// Takes in the lags of a load run.
    pub fn note(&self, run: &LoadRun) {
        self.lags().extend(run.shots.iter().map(Shot::lag));
    }

    /// All lags so far.
    pub fn sample(&self) -> Sample {
        self.lags().iter().copied().collect()
    }

    /// A panic elsewhere leaves plain numbers behind.
    fn lags(&self) -> MutexGuard<'_, Vec<Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The processor time that this process has used, where the system tells.
pub fn own_cpu() -> Option<Duration> {
    #[cfg(unix)]
    {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(used).ok()
    }
    #[cfg(not(unix))]
    None
}
