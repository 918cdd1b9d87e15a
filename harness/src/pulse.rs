//! Notices that a receiver has stopped answering, so that a run does not wait five seconds for each
//! of a hundred requests that nobody will answer.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Valid deliveries in a row without an answer that call for a closer look.
const SUSPICIOUS: usize = 3;

/// Counts valid deliveries that got no answer since the last one that did.
#[derive(Default)]
pub struct Pulse(AtomicUsize);

impl Pulse {
    /// Notes a valid delivery. True when one plain event should be sent to see whether anybody is
    /// still there.
    pub fn note(&self, was_answered: bool) -> bool {
        if was_answered {
            self.0.store(0, Ordering::Relaxed);
            return false;
        }
        let silent = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        // Once per row of silences, however many requests are under way.
        silent == SUSPICIOUS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_silences_in_a_row_are_suspicious_once() {
        let pulse = Pulse::default();
        let notes: Vec<bool> = [false, false, true, false, false, false, false]
            .map(|answered| pulse.note(answered))
            .into();
        assert_eq!(notes, [false, false, false, false, false, true, false]);
    }
}
