//! What was done to a receiver's process, when, and with which ids: evidence E4.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Entries that are kept until somebody takes them; a case of a hundred kills makes more, and
/// only the first ones are of use.
const MOST: usize = 40;

/// The entries nobody has taken yet.
#[derive(Debug, Clone)]
pub(super) struct Diary {
    started: Instant,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<String>,
    left_out: usize,
}

impl Diary {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            state: Arc::default(),
        }
    }

    /// Notes what was done just now.
    pub(super) fn note(&self, what: &str) {
        let at = self.started.elapsed().as_secs_f64();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.entries.len() < MOST {
            state.entries.push(format!("{at:.3} s: {what}"));
        } else {
            state.left_out += 1;
        }
    }

    /// The entries since they were last taken.
    pub(super) fn take(&self) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State {
            mut entries,
            left_out,
        } = std::mem::take(&mut *state);
        if left_out > 0 {
            entries.push(format!("and {left_out} more of the same kind"));
        }
        entries
    }
}
