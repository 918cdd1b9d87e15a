//! A steady rate of mixed events.

use super::judging::{answers, describe, rate};
use super::mix::{Kind, Mix, place};
use super::{OVER, RATE};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Effects, Stop, Trial};
use crate::load::Connections;
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_01, LOD_03];

/// Calls of a storm, and the updates that each of them has.
const CALLS: usize = 20;
const UPDATES: usize = 300;

const LOD_01: Case = Case {
    id: "LOD-01",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "200 events a second for two seconds are all answered in time",
    doc: "Delivers 400 distinct events of mixed types at a constant rate over kept connections, then accounts for every effect.\n\
          Why: a busy hour is many calls at once, each sending a transcription update every second or so.\n\
          Fix: take the work out of the request; let a queue or a pool absorb what comes faster than it is done.",
    body: |trial| Box::pin(lod_01(trial)),
};

async fn lod_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mix = Mix::steady(trial, trial.rate(RATE), OVER)?;
    let ran = mix.run(trial, Connections::Kept).await;
    answers(trial, &mut verdict, &ran, Level::Must);
    describe(&mut verdict, &ran);
    verdict.add(rate(&ran, Level::Must));
    let effects = trial.settle().await;
    verdict.add(
        expect::effects(
            &effects,
            Level::Must,
            "every acknowledged event has one effect",
        )
        .filed_under(R2),
    );
    Ok(verdict)
}

const LOD_03: Case = Case {
    id: "LOD-03",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::All,
    schedule: Schedule::Load,
    clauses: &["G-OPS-06", "G-ACK-02", "G-IDEM-01"],
    evidence: &[E1, E2, E3, E5],
    needs: &[Need::Ownership],
    title: "twenty calls with ten transcription updates a second are answered in time, and lose none",
    doc: "Delivers 300 transcription updates of each of 20 calls in 30 seconds, then accounts for every effect; whether each call's updates kept their order is INFO.\n\
          Why: transcription updates are most of what a busy agent sends, and all of a call touch the same rows.\n\
          Fix: append updates instead of rewriting the call's transcript; keep every key, not the last few of a call.",
    body: |trial| Box::pin(lod_03(trial)),
};

async fn lod_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let update = "transcription.update";
    let event_type = match trial.event_types().iter().any(|healthy| healthy == update) {
        true => update.to_owned(),
        false => trial.effective_type(),
    };
    let fixture = trial.scene().payloads.typical(&event_type);
    let pace = trial.rate(RATE);
    let calls: Vec<String> = (0..CALLS).map(|_| trial.call_id()).collect();
    let updates = (UPDATES as f64 * pace / RATE) as usize;
    let mut mix = Mix::default();
    for index in 0..CALLS * updates {
        let timestamp = trial.timestamp();
        let delivery = trial.mint_as(&fixture, &calls[index % CALLS], &timestamp)?;
        mix.add(Kind::Valid, delivery, place(index, pace));
    }
    let ran = mix.run(trial, Connections::Kept).await;
    answers(trial, &mut verdict, &ran, Level::Must);
    describe(&mut verdict, &ran);
    verdict.add(rate(&ran, Level::Must));
    let effects = trial.settle().await;
    let claim = "every acknowledged update has one effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    if let Effects::Seen(_) = effects {
        verdict.add(order_kept(trial, &calls));
    }
    Ok(verdict)
}

/// Whether the probe shows each call's effects in the order of their timestamps. Nothing promises
/// it (D-08).
fn order_kept(trial: &Trial, calls: &[String]) -> Check {
    let is_in_order = |call: &&String| {
        let of_call = trial
            .effects()
            .iter()
            .filter(|effect| effect.call_id == **call);
        let timestamps: Vec<&String> = of_call.map(|effect| &effect.timestamp).collect();
        timestamps.is_sorted()
    };
    let kept = calls.iter().filter(is_in_order).count();
    let refuted = (kept < calls.len()).then(|| {
        (
            "effects in the order of their timestamps".to_owned(),
            format!("so for {kept} of {} calls", calls.len()),
        )
    });
    let claim = "the order of each call's updates is kept";
    Check::judged(Level::Info, claim, &[E3], refuted)
}
