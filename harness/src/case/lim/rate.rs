//! Rate limits against the real sender.

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LIM_01];

const LIM_01: Case = Case {
    id: "LIM-01",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Core,
    schedule: Schedule::Afterwards,
    clauses: &["G-SEC-04"],
    evidence: &[E1],
    needs: &[],
    title: "events with a valid token are not rate limited",
    doc: "Looks at every delivery of the run for a 429. The harness obeys `Retry-After` and judges nothing else by it.\n\
          Why: all events of all calls come from one sender; a limit per address turns a busy minute into lost events.\n\
          Fix: apply the limit to requests without a valid token only.",
    body: |trial| Box::pin(lim_01(trial)),
};

async fn lim_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let seen = trial.scene().throttle.seen();
    let refuted = (seen > 0).then(|| {
        (
            "no 429".to_owned(),
            format!("{seen} deliveries were answered 429"),
        )
    });
    let claim = "no delivery with the valid token is answered 429";
    let mut check = Check::judged(Level::Should, claim, &[E1], refuted);
    let first = trial
        .scene()
        .throttled
        .lock()
        .map_or(None, |mut first| first.take());
    if let Some(attempt) = first {
        check = check.shown_by(trial.record(attempt).number);
    }
    verdict.add(check);
    Ok(verdict)
}
