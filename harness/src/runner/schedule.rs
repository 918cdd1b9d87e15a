//! The order of trials.
//!
//! 1. handshakes and shared cases, up to `jobs` at a time, and slow ones beside them;
//! 2. cases that must be alone, one after the other;
//! 3. load, one after the other;
//! 4. when all of those are judged: cases that disturb the receiver's surroundings, each until it is
//!    judged;
//! 5. hostile cases, one at a time;
//! 6. the last sweep over all effects;
//! 7. cases that end the receiver's process, one at a time, and a look at their effects;
//! 8. what judges the run as a whole.
//!
//! Where the process can be controlled, a receiver that a case ended is started again for the next
//! hostile one.
//!
//! Only stimuli take turns: a case settles and reads its effects while later ones send.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::aftermath::look_for_a_fall;
use super::event::{Event, Events};
use super::judge::{Judge, is_blocked};
use super::plan::Plan;
use super::preflight::Preflight;
use super::run_record::RunRecord;
use super::stage::Stage;
use super::sweep::sweep;
use crate::case::{Case, Schedule};
use crate::profile::Profile;
use crate::report::PreflightStep;
use crate::scene::Scene;
use crate::terms::Outcome;

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
    let judge = job.judge();
    let running = settle_the_rest(job, &judge, preflight, record, events);
    events.tell(Event::Started {
        cases: running.len(),
    });
    let of = |schedule: Schedule| {
        running
            .iter()
            .copied()
            .filter(move |case| case.schedule == schedule)
    };
    let mut stage = Stage::new(&job.scene, &judge, record, events);
    let must_stop = |stage: &Stage<'_>| job.profile.fail_fast && stage.has_failed;

    let slots = Arc::new(Semaphore::new(job.profile.jobs));
    for case in of(Schedule::Slow) {
        drop(stage.start(case, None));
    }
    let mut sent = Vec::new();
    for case in of(Schedule::Handshakes).chain(of(Schedule::Shared)) {
        let slot = stage
            .wait_for(Arc::clone(&slots).acquire_owned())
            .await
            .ok();
        if must_stop(&stage) {
            break;
        }
        sent.push(stage.start(case, slot));
    }
    for sent in sent {
        // An error means that the trial has ended, so its stimuli are out as well.
        let _ = stage.wait_for(sent).await;
    }
    for case in of(Schedule::Alone).chain(of(Schedule::Load)) {
        if must_stop(&stage) {
            break;
        }
        let sent = stage.start(case, None);
        let _ = stage.wait_for(sent).await;
    }
    disturb(job, &mut stage, of(Schedule::Disturbing), must_stop).await;
    // What a hostile case ends must not take the effects of others with it. Load is only settling,
    // and its answers are in.
    stage
        .finish(|case| case.schedule != Schedule::Load && case.schedule != Schedule::Slow)
        .await;
    for case in of(Schedule::Hostile) {
        if must_stop(&stage) {
            break;
        }
        if job.scene.down_after().is_some() && job.scene.process.is_some() {
            stage.finish(|_| true).await;
            // What cannot be started again blocks the rest, as without process control.
            let _ = revive(&job.scene).await;
        }
        let sent = stage.start(case, None);
        let _ = stage.wait_for(sent).await;
    }
    stage.finish(|_| true).await;
    if let Some(last) = of(Schedule::Hostile).next_back() {
        look_for_a_fall(&job.scene, last, &mut stage).await;
    }

    look_once_more(job, &judge, &mut stage, record, events, |_| true).await;
    for case in of(Schedule::Process) {
        if must_stop(&stage) {
            break;
        }
        if let Err((killer, why)) = revive(&job.scene).await {
            stage.skip(judge.blocked(case, killer, &why));
            continue;
        }
        drop(stage.start(case, None));
        // The next one ends the process, and with it the effects that live in memory only.
        stage.finish(|_| true).await;
    }
    if of(Schedule::Process).next().is_some() {
        // What a kill did to the effects of the others is not held against those.
        let is_own = |case: &Case| case.schedule == Schedule::Process;
        look_once_more(job, &judge, &mut stage, record, events, is_own).await;
    }
    for case in of(Schedule::Afterwards) {
        drop(stage.start(case, None));
    }
    stage.finish(|_| true).await;
    if must_stop(&stage) {
        cut_off(job, record, "not reached: --fail-fast");
    }
}

/// Runs the cases that make the receiver's surroundings misbehave, while nothing else is under way.
async fn disturb(
    job: &Job<'_>,
    stage: &mut Stage<'_>,
    cases: impl Iterator<Item = &'static Case>,
    must_stop: impl Fn(&Stage<'_>) -> bool,
) {
    for case in cases {
        stage.finish(|_| true).await;
        if must_stop(stage) {
            return;
        }
        drop(stage.start(case, None));
        stage.finish(|_| true).await;
        // A case that ended as it should owes nothing, and says itself when its repair failed.
        let scene = &job.scene;
        let _ = scene.faults.repair(&scene.connector.tls).await;
    }
}

/// Results for the cases that do not run; gives the others.
fn settle_the_rest(
    job: &Job<'_>,
    judge: &Judge<'_>,
    preflight: &Preflight,
    record: &RunRecord,
    events: &Events,
) -> Vec<&'static Case> {
    let root = preflight.root.as_ref();
    if let Some(root) = root {
        record.note_latencies(&root.attempts);
    }
    for (case, planned) in &job.plan.entries {
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
    job.plan
        .running()
        .filter(|case| root.is_none_or(|root| root.case != case.id && !is_blocked(case, root)))
        .collect()
}

/// Starts a receiver again that a case has ended.
///
/// # Errors
/// Which case it was, and why the receiver stays down.
async fn revive(scene: &Scene) -> Result<(), (&'static str, String)> {
    let (Some(killer), Some(process)) = (scene.down_after(), &scene.process) else {
        return Ok(());
    };
    // It may still be there and answer nobody.
    let revived = match process.kill().await {
        Ok(_) => process.start().await,
        Err(error) => Err(error),
    };
    revived.map_err(|error| (killer, error.to_string()))?;
    scene.note_up();
    Ok(())
}

/// The last sweep: reopens verdicts that later effects contradict.
async fn look_once_more(
    job: &Job<'_>,
    judge: &Judge<'_>,
    stage: &mut Stage<'_>,
    record: &RunRecord,
    events: &Events,
    which: impl Fn(&Case) -> bool,
) {
    let mut ended: Vec<_> = stage
        .ended
        .iter_mut()
        .filter(|trial| which(trial.case))
        .collect();
    let swept = sweep(&job.scene, &mut ended).await;
    record.note_late_effects(swept.effects);
    if let Some(detail) = swept.problem {
        let step = PreflightStep {
            id: "P6".to_owned(),
            title: "a last look at all effects".to_owned(),
            outcome: Outcome::Inconclusive,
            detail,
        };
        events.tell(Event::Preflight(step.clone()));
        record.note_step(step);
    }
    for trial in stage
        .ended
        .iter()
        .filter(|trial| swept.reopened.contains(&trial.case.id))
    {
        let result = judge.judged(trial.case, &trial.verdict, &trial.trace, trial.took);
        record.put(result.clone());
        events.tell(Event::CaseReopened(Box::new(result)));
    }
}

/// Results for the cases that an interruption cut off.
pub fn cut_off(job: &Job<'_>, record: &RunRecord, why: &str) {
    let judge = job.judge();
    for (case, _) in job
        .plan
        .entries
        .iter()
        .filter(|(case, _)| !record.has(case.id))
    {
        record.put(judge.cut_off(case, why));
    }
}
