//! Where trials run: starts them, and judges each as soon as it ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::task::{Id, JoinError, JoinSet};

use super::event::{Event, Events};
use super::judge::Judge;
use super::run_record::RunRecord;
use crate::case::{Case, Schedule, Stop, Trace, Trial};
use crate::report::CaseResult;
use crate::scene::Scene;
use crate::terms::{Level, Outcome};
use crate::verdict::Verdict;

/// A trial that has ended.
pub(super) struct Ended {
    pub(super) case: &'static Case,
    pub(super) verdict: Result<Verdict, Stop>,
    pub(super) trace: Trace,
    pub(super) took: Duration,
}

/// Bodies of attempts that the sweep may have to look into.
const KEPT_BODY: usize = 1 << 20;

/// The trials under way and those that have ended.
pub(super) struct Stage<'a> {
    scene: &'a Arc<Scene>,
    judge: &'a Judge<'a>,
    record: &'a RunRecord,
    events: &'a Events,
    running: JoinSet<Ended>,
    /// The cases of the trials under way.
    cases: HashMap<Id, &'static Case>,
    pub(super) ended: Vec<Ended>,
    /// True once a MUST case has failed.
    pub(super) has_failed: bool,
}

/// Resolves when the stimuli of a trial are out.
pub(super) type Sent = oneshot::Receiver<()>;

impl<'a> Stage<'a> {
    pub(super) fn new(
        scene: &'a Arc<Scene>,
        judge: &'a Judge<'a>,
        record: &'a RunRecord,
        events: &'a Events,
    ) -> Self {
        Self {
            scene,
            judge,
            record,
            events,
            running: JoinSet::new(),
            cases: HashMap::new(),
            ended: Vec::new(),
            has_failed: false,
        }
    }

    /// Starts a trial. A slot is held until its stimuli are out.
    pub(super) fn start(
        &mut self,
        case: &'static Case,
        slot: Option<OwnedSemaphorePermit>,
    ) -> Sent {
        let (sender, sent) = oneshot::channel();
        let mut trial = Trial::new(Arc::clone(self.scene), case, slot, sender);
        let task = self.running.spawn(async move {
            let began = Instant::now();
            let verdict = (case.body)(&mut trial).await;
            Ended {
                case,
                verdict,
                trace: trial.into_trace(),
                took: began.elapsed(),
            }
        });
        self.cases.insert(task.id(), case);
        sent
    }

    /// Waits for something, and judges meanwhile what ends.
    pub(super) async fn wait_for<T>(&mut self, what: impl Future<Output = T>) -> T {
        let mut what = std::pin::pin!(what);
        loop {
            tokio::select! {
                biased;
                done = &mut what => return done,
                Some(ended) = self.running.join_next_with_id(), if !self.running.is_empty() => {
                    self.take(ended);
                }
            }
        }
    }

    /// Waits until every trial of these cases has ended.
    pub(super) async fn finish(&mut self, which: impl Fn(&Case) -> bool) {
        while self.cases.values().any(|case| which(case)) {
            match self.running.join_next_with_id().await {
                Some(ended) => self.take(ended),
                None => return,
            }
        }
    }

    /// Puts in the result of a case that cannot run.
    pub(super) fn skip(&self, result: CaseResult) {
        self.record.put(result.clone());
        self.events.tell(Event::CaseJudged(Box::new(result)));
    }

    fn take(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let result = match ended {
            Ok((id, ended)) => {
                self.cases.remove(&id);
                self.judge_ended(ended)
            }
            // A trial that panicked is our failure, and must not look like one that never was.
            Err(error) => {
                let Some(case) = self.cases.remove(&error.id()) else {
                    return;
                };
                self.judge.crashed(case, &error.to_string())
            }
        };
        self.has_failed |= result.outcome == Outcome::Fail && result.level == Level::Must;
        self.record.put(result.clone());
        self.events.tell(Event::CaseJudged(Box::new(result)));
    }

    /// Judges a case anew that has ended otherwise than it seemed.
    pub(super) fn reopen(&mut self, case: &Case, ended_with: Result<Verdict, Stop>) {
        let Some(ended) = self.ended.iter_mut().find(|own| own.case.id == case.id) else {
            return;
        };
        ended.verdict = ended_with;
        let result = self
            .judge
            .judged(ended.case, &ended.verdict, &ended.trace, ended.took);
        self.record.put(result.clone());
        self.events.tell(Event::CaseReopened(Box::new(result)));
    }

    fn judge_ended(&mut self, mut ended: Ended) -> CaseResult {
        if let Err(Stop::Process(_)) = &ended.verdict {
            self.scene.note_down(ended.case.id);
        }
        let result = self
            .judge
            .judged(ended.case, &ended.verdict, &ended.trace, ended.took);
        // How long an event takes whose receiver is halted says nothing about the receiver.
        if ended.case.schedule != Schedule::Process {
            self.record.note_latencies(&ended.trace.attempts);
        }
        for attempt in &mut ended.trace.attempts {
            if attempt.request.body.len() > KEPT_BODY {
                attempt.request.body = Arc::from([]);
            }
        }
        self.ended.push(ended);
        result
    }
}
