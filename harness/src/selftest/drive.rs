//! All runs, some at a time, until done or stopped.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::sync::{Semaphore, watch};

use super::process::Harness;
use super::schedule::PlannedRun;
use super::sighting::Sighting;
use super::subject::Subject;

/// A run has ended.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// How many have, this one included.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// What it was tried on.
    pub subject: &'a Subject,
    /// What it said.
    pub sighting: &'a Sighting,
}

/// Makes the runs, `jobs` of them at a time, and returns what was seen until done or stopped.
///
/// Controls come last, with fewer at a time: they are judged on time as well.
pub async fn drive(
    harness: &Harness,
    subjects: &[Subject],
    runs: &[PlannedRun],
    jobs: usize,
    stop: &watch::Receiver<bool>,
    progress: impl Fn(Progress<'_>) + Sync,
) -> Vec<Sighting> {
    let (mutants, controls): (Vec<_>, Vec<_>) = runs
        .iter()
        .partition(|run| subjects[run.subject].is_mutant());
    let done = AtomicUsize::new(0);
    let mut seen: Vec<Sighting> = Vec::new();
    for (group, at_once) in [(mutants, jobs), (controls, jobs.div_ceil(CONTROLS_SHARE))] {
        let slots = Semaphore::new(at_once);
        let ended = join_all(group.into_iter().map(|run| {
            let (slots, done, progress) = (&slots, &done, &progress);
            let mut stop = stop.clone();
            async move {
                let _slot = slots.acquire().await.ok()?;
                if *stop.borrow() {
                    return None;
                }
                let subject = &subjects[run.subject];
                let sighting = harness.run(run, subject, &mut stop).await?;
                progress(Progress {
                    done: done.fetch_add(1, Ordering::Relaxed) + 1,
                    total: runs.len(),
                    subject,
                    sighting: &sighting,
                });
                Some(sighting)
            }
        }))
        .await;
        seen.extend(ended.into_iter().flatten());
    }
    seen
}

/// One control at a time for this many mutants.
const CONTROLS_SHARE: usize = 4;
