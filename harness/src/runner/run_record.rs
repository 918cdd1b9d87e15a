//! What a run has brought so far. Shared, so that an interrupted run still has a report.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::report::{CaseResult, PreflightStep};
use crate::sender::{Attempt, Credential};

/// The results and measurements of a run.
#[derive(Clone, Default)]
pub struct RunRecord(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    results: Vec<CaseResult>,
    latencies: Vec<Duration>,
    late_effects: usize,
    steps: Vec<PreflightStep>,
}

impl RunRecord {
    /// The results so far, in the order they came.
    pub fn results(&self) -> Vec<CaseResult> {
        self.inner().results.clone()
    }

    /// How long acknowledged valid deliveries took.
    pub fn latencies(&self) -> Vec<Duration> {
        self.inner().latencies.clone()
    }

    /// Effects that only the last sweep saw.
    pub fn late_effects(&self) -> usize {
        self.inner().late_effects
    }

    /// What went wrong after the last case.
    pub fn steps(&self) -> Vec<PreflightStep> {
        self.inner().steps.clone()
    }

    pub(super) fn has(&self, case: &str) -> bool {
        self.inner().results.iter().any(|result| result.id == case)
    }

    /// Puts a result in, in place of an earlier one of the case.
    pub(super) fn put(&self, result: CaseResult) {
        let mut inner = self.inner();
        inner.results.retain(|known| known.id != result.id);
        inner.results.push(result);
    }

    pub(super) fn note_latencies(&self, attempts: &[Attempt]) {
        let acknowledged = attempts.iter().filter(|attempt| {
            attempt.is_accepted() && matches!(attempt.request.credential, Credential::Valid)
        });
        self.inner()
            .latencies
            .extend(acknowledged.filter_map(|a| a.timing.acknowledgement()));
    }

    pub(super) fn note_late_effects(&self, count: usize) {
        self.inner().late_effects += count;
    }

    pub(super) fn note_step(&self, step: PreflightStep) {
        self.inner().steps.push(step);
    }

    /// A panic elsewhere leaves plain data behind, which is still worth reporting.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
