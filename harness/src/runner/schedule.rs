//! The order of trials.
//!
//! 1. shared cases, up to `jobs` at a time, and slow ones beside them;
//! 2. cases that must be alone, one after the other;
//! 3. load, one after the other;
//! 4. when the shared and lone cases are judged: hostile cases, one at a time;
//! 5. the last sweep over all effects, then what judges the run as a whole.
//!
//! Only stimuli take turns: a case settles and reads its effects while later ones send.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::event::{Event, Events};
use super::judge::{Judge, is_blocked};
use super::plan::Plan;
use super::preflight::Preflight;
use super::sweep::sweep;
use crate::case::{Case, Schedule, Stop, Trace, Trial};
use crate::profile::Profile;
use crate::report::CaseResult;
use crate::scene::Scene;
use crate::sender::{Attempt, Credential};
use crate::terms::{Level, Outcome};
use crate::verdict::Verdict;

/// A trial that has ended.
pub(super) struct Ended {
    pub(super) case: &'static Case,
    pub(super) verdict: Result<Verdict, Stop>,
    pub(super) trace: Trace,
    pub(super) took: Duration,
}

/// What a run has brought so far. Shared, so that an interrupted run still has a report.
#[derive(Clone, Default)]
pub struct RunRecord {
    results: Arc<Mutex<Vec<CaseResult>>>,
    latencies: Arc<Mutex<Vec<Duration>>>,
    late: Arc<Mutex<usize>>,
}

impl RunRecord {
    /// The results so far, in the order they came.
    pub fn results(&self) -> Vec<CaseResult> {
        self.results
            .lock()
            .map(|results| results.clone())
            .unwrap_or_default()
    }

    /// How long acknowledged valid deliveries took.
    pub fn latencies(&self) -> Vec<Duration> {
        self.latencies
            .lock()
            .map(|latencies| latencies.clone())
            .unwrap_or_default()
    }

    /// Effects that only the last sweep saw.
    pub fn late_effects(&self) -> usize {
        self.late.lock().map_or(0, |late| *late)
    }

    fn put(&self, result: CaseResult) {
        if let Ok(mut results) = self.results.lock() {
            results.retain(|known| known.id != result.id);
            results.push(result);
        }
    }

    fn note_latencies(&self, attempts: &[Attempt]) {
        let acknowledged = attempts.iter().filter(|attempt| {
            attempt.is_accepted() && matches!(attempt.request.credential, Credential::Valid)
        });
        if let Ok(mut latencies) = self.latencies.lock() {
            latencies.extend(acknowledged.filter_map(|a| a.timing.acknowledgement()));
        }
    }
}

/// What is to be run, and how.
pub struct Job<'a> {
    /// The receiver and what is known of it.
    pub scene: Arc<Scene>,
    /// How it is judged.
    pub profile: &'a Profile,
    /// Which cases run.
    pub plan: &'a Plan,
    /// The command line that runs this target again.
    pub command: &'a str,
    /// False when the receiver is gone once the run has ended.
    pub can_repeat_requests: bool,
}

impl Job<'_> {
    fn judge(&self) -> Judge<'_> {
        Judge {
            scene: &self.scene,
            profile: self.profile,
            command: self.command,
            can_repeat_requests: self.can_repeat_requests,
        }
    }
}

/// Runs the plan. Results land in `record` as they come.
pub async fn run(job: &Job<'_>, preflight: &Preflight, record: &RunRecord, events: &Events) {
    let Job {
        scene,
        profile,
        plan,
        ..
    } = job;
    let judge = job.judge();
    let root = preflight.root.as_ref();
    if let Some(root) = root {
        record.note_latencies(&root.attempts);
    }
    for (case, planned) in &plan.entries {
        let filed = root.filter(|root| root.case == case.id);
        if let Some(root) = filed {
            // The root cause is a finding even when its case was not selected.
            let result = judge.root(case, root);
            record.put(result.clone());
            events.tell(Event::CaseJudged(Box::new(result)));
        } else if let Some(result) = judge.rested(case, planned, root) {
            record.put(result);
        }
    }
    let running: Vec<&'static Case> = plan
        .running()
        .filter(|case| root.is_none_or(|root| root.case != case.id && !is_blocked(case, root)))
        .collect();
    events.tell(Event::Started {
        cases: running.len(),
    });
    let of = |schedule: Schedule| -> Vec<&'static Case> {
        running
            .iter()
            .copied()
            .filter(|case| case.schedule == schedule)
            .collect()
    };

    let mut stage = Stage {
        scene,
        judge: &judge,
        record,
        events,
        fail_fast: profile.fail_fast,
        ended: Vec::new(),
        has_failed: false,
    };
    let slots = Arc::new(Semaphore::new(profile.jobs.max(1)));
    let slow: Vec<Started> = of(Schedule::Slow)
        .into_iter()
        .map(|c| stage.start(c, None))
        .collect();
    let mut shared = Vec::new();
    for case in of(Schedule::Shared) {
        let slot = Arc::clone(&slots).acquire_owned().await.ok();
        if stage.should_stop(&mut shared).await {
            break;
        }
        shared.push(stage.start(case, slot));
    }
    for started in &mut shared {
        started.sent().await;
    }
    for case in of(Schedule::Alone) {
        if stage.should_stop(&mut shared).await {
            break;
        }
        let mut started = stage.start(case, None);
        started.sent().await;
        shared.push(started);
    }
    let mut load = slow;
    for case in of(Schedule::Load) {
        if stage.should_stop(&mut shared).await {
            break;
        }
        let mut started = stage.start(case, None);
        started.sent().await;
        load.push(started);
    }
    stage.finish(shared).await;
    for case in of(Schedule::Hostile) {
        if stage.should_stop(&mut load).await {
            break;
        }
        let mut started = stage.start(case, None);
        started.sent().await;
        load.push(started);
    }
    stage.finish(load).await;

    let mut ended = std::mem::take(&mut stage.ended);
    let late = sweep(scene, &mut ended).await;
    if let Ok(mut total) = record.late.lock() {
        *total = late.effects;
    }
    for case in late.reopened {
        if let Some(trial) = ended.iter().find(|trial| trial.case.id == case) {
            let result = judge.judged(trial.case, &trial.verdict, &trial.trace, trial.took);
            record.put(result.clone());
            events.tell(Event::CaseReopened(Box::new(result)));
        }
    }
    for case in of(Schedule::Afterwards) {
        let started = stage.start(case, None);
        stage.finish(vec![started]).await;
    }
    if stage.has_failed && profile.fail_fast {
        let known: Vec<String> = record
            .results()
            .into_iter()
            .map(|result| result.id)
            .collect();
        for case in running
            .iter()
            .filter(|case| !known.iter().any(|id| id == case.id))
        {
            record.put(judge.cut_off(case, "not reached: --fail-fast"));
        }
    }
}

/// Results for the cases that an interruption cut off.
pub fn cut_off(job: &Job<'_>, record: &RunRecord, why: &str) {
    let judge = job.judge();
    let known: Vec<String> = record
        .results()
        .into_iter()
        .map(|result| result.id)
        .collect();
    for (case, _) in job
        .plan
        .entries
        .iter()
        .filter(|(case, _)| !known.iter().any(|id| id == case.id))
    {
        record.put(judge.cut_off(case, why));
    }
}

/// A trial under way.
struct Started {
    sent: Option<oneshot::Receiver<()>>,
    task: JoinHandle<Ended>,
}

impl Started {
    /// Waits until the stimuli are out.
    async fn sent(&mut self) {
        if let Some(sent) = self.sent.take() {
            // An error means that the trial has ended, so its stimuli are out as well.
            let _ = sent.await;
        }
    }
}

struct Stage<'a> {
    scene: &'a Arc<Scene>,
    judge: &'a Judge<'a>,
    record: &'a RunRecord,
    events: &'a Events,
    fail_fast: bool,
    ended: Vec<Ended>,
    has_failed: bool,
}

impl Stage<'_> {
    fn start(
        &self,
        case: &'static Case,
        slot: Option<tokio::sync::OwnedSemaphorePermit>,
    ) -> Started {
        let (sender, receiver) = oneshot::channel();
        let mut trial = Trial::new(Arc::clone(self.scene), case, slot, sender);
        let task = tokio::spawn(async move {
            let began = Instant::now();
            let verdict = (case.body)(&mut trial).await;
            Ended {
                case,
                verdict,
                trace: trial.into_trace(),
                took: began.elapsed(),
            }
        });
        Started {
            sent: Some(receiver),
            task,
        }
    }

    async fn finish(&mut self, started: Vec<Started>) {
        for trial in started {
            if let Ok(mut ended) = trial.task.await {
                self.take(&mut ended);
                self.ended.push(ended);
            }
        }
    }

    /// With `--fail-fast`: collects what has ended, and says whether something failed.
    async fn should_stop(&mut self, started: &mut Vec<Started>) -> bool {
        if self.fail_fast {
            let (done, open) = std::mem::take(started)
                .into_iter()
                .partition(|trial| trial.task.is_finished());
            *started = open;
            self.finish(done).await;
        }
        self.fail_fast && self.has_failed
    }

    fn take(&mut self, ended: &mut Ended) {
        let result = self
            .judge
            .judged(ended.case, &ended.verdict, &ended.trace, ended.took);
        self.record.note_latencies(&ended.trace.attempts);
        self.has_failed |= result.outcome == Outcome::Fail && result.level == Level::Must;
        // The records of the result are enough from here on; bodies of megabytes are not kept.
        ended
            .trace
            .attempts
            .retain(|attempt| attempt.request.body.len() <= 64 * 1024);
        self.record.put(result.clone());
        self.events.tell(Event::CaseJudged(Box::new(result)));
    }
}
