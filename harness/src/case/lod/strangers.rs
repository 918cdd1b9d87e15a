//! Requests that must not count, among events that must.

use super::judging::{answers, describe, rate};
use super::mix::{Kind, Mix, place};
use super::{OVER, RATE};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::load::Connections;
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{
    Level,
    RequirementId::{R1, R3},
};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[LOD_05];

const LOD_05: Case = Case {
    id: "LOD-05",
    requirements: &[R1, R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Load,
    clauses: &["G-AUTH-03", "G-AUTH-05", "G-ACK-02", "G-OPS-06"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership, Need::Secret, Need::Refusal],
    title: "wrong tokens and malformed bodies in the stream leave good events unaffected",
    doc: "Sends 200 requests a second for two seconds over shared connections, 20 % with a wrong token and 10 % cut off in the middle of their JSON, then accounts for every effect.\n\
          Why: strangers and broken senders come in the middle of real traffic; what they cost must not be paid by real events.\n\
          Fix: refuse from the headers alone, before a worker or a pool is taken; leave no state of one request on its connection for the next.",
    body: |trial| Box::pin(lod_05(trial)),
};

async fn lod_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let pace = trial.rate(RATE);
    let count = (pace * OVER.as_secs_f64()).ceil() as usize;
    let mut kinds: Vec<Kind> = (0..count)
        .map(|index| match index % 10 {
            0 | 1 => Kind::Stranger,
            2 => Kind::Malformed,
            _ => Kind::Valid,
        })
        .collect();
    trial.rng().shuffle(&mut kinds);
    let types = trial.event_types();
    let mut mix = Mix::default();
    for (index, (kind, event_type)) in kinds.into_iter().zip(types.iter().cycle()).enumerate() {
        mix.add(kind, trial.mint_event(event_type)?, place(index, pace));
    }
    let ran = mix.run(trial, Connections::Kept).await;
    answers(trial, &mut verdict, &ran, Level::Must);
    describe(&mut verdict, &ran);
    verdict.add(rate(&ran, Level::Must));
    let effects = trial.settle().await;
    let claim = "wrong tokens and malformed bodies among good events have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}
