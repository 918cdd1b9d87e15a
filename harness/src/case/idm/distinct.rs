//! Distinct events: nothing may be swallowed because it looks like something seen before.

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_09, IDM_10, IDM_11];

const IDM_09: Case = Case {
    id: "IDM-09",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "events that differ in one part of the key are both taken",
    doc: "Delivers pairs of events that differ in exactly one of callId, eventType and timestamp.\n\
          Why: a key that leaves out a part swallows real events, and every answer still says 200.\n\
          Fix: use all three parts, as they are, in an encoding that cannot confuse them.",
    body: |trial| Box::pin(idm_09(trial)),
};

async fn idm_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let own = trial.effective_type();
    let own_fixture = trial.scene().payloads.typical(&own);

    // Another callId, the same type and timestamp.
    let timestamp = trial.timestamp();
    for _ in 0..2 {
        let call_id = trial.call_id();
        let delivery = trial.mint_as(&own_fixture, &call_id, &timestamp)?;
        take(trial, &mut verdict, &delivery, Expected::Once).await?;
    }
    // Another eventType, the same call and timestamp.
    let (call_id, timestamp) = (trial.call_id(), trial.timestamp());
    let types = trial.event_types();
    for event_type in &types {
        let fixture = trial.scene().payloads.typical(event_type);
        let delivery = trial.mint_as(&fixture, &call_id, &timestamp)?;
        take(trial, &mut verdict, &delivery, Expected::Once).await?;
    }
    // Another timestamp, the same call and type. A call ends once, so a receiver may take a
    // second `call.ended` for news about the first: that pair is not judged.
    let repeated = ["transcription.update", "tool.executed", "call.ended"];
    for event_type in repeated
        .into_iter()
        .filter(|one| types.iter().any(|known| known == one))
    {
        let fixture = trial.scene().payloads.typical(event_type);
        let call_id = trial.call_id();
        let second = if event_type == "call.ended" {
            Expected::AtMostOnce
        } else {
            Expected::Once
        };
        for expected in [Expected::Once, second] {
            let timestamp = trial.timestamp();
            let delivery = trial.mint_as(&fixture, &call_id, &timestamp)?;
            take(trial, &mut verdict, &delivery, expected).await?;
        }
    }
    let effects = trial.settle().await;
    let claim = "events that differ in one part of the key each have their effect";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}

async fn take(
    trial: &mut Trial,
    verdict: &mut Verdict,
    delivery: &Delivery,
    expected: Expected,
) -> Result<(), Stop> {
    let attempt = trial.deliver(delivery).await?;
    verdict.add(expect::taken(trial.scene(), delivery, &attempt));
    match expected {
        Expected::Once => trial.expect_once(delivery),
        other => trial.expect(delivery, other),
    }
    Ok(())
}

const IDM_10: Case = Case {
    id: "IDM-10",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02", "G-EVT-01", "G-EVT-02"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "a whole call of 26 events has 26 effects",
    doc: "Delivers one call from start to end: started, answered, 20 transcription updates, 3 tools, ended.\n\
          Why: this is the everyday load of one call, and the place where a coarse key loses most.\n\
          Fix: key every event by callId + eventType + timestamp; do not keep one record per call and type.",
    body: |trial| Box::pin(idm_10(trial)),
};

async fn idm_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for delivery in trial.mint_call("call/support-26")? {
        take(trial, &mut verdict, &delivery, Expected::Once).await?;
    }
    let effects = trial.settle().await;
    verdict.add(expect::effects(
        &effects,
        Level::Must,
        "every event of the call has one effect",
    ));
    Ok(verdict)
}

const IDM_11: Case = Case {
    id: "IDM-11",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "timestamps one millisecond apart are two events",
    doc: "Delivers two events of one call and type whose timestamps differ by a millisecond.\n\
          Why: transcription updates come in quick succession, and a date column may keep whole seconds only.\n\
          Fix: keep the timestamp of the key as the text that came, not as a parsed date.",
    body: |trial| Box::pin(idm_11(trial)),
};

async fn idm_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let types = trial.event_types();
    let quick = ["transcription.update", "tool.executed"];
    for event_type in quick
        .into_iter()
        .filter(|one| types.iter().any(|known| known == one))
    {
        let fixture = trial.scene().payloads.typical(event_type);
        let call_id = trial.call_id();
        for offset in [1_000, 1_001] {
            let timestamp = trial.scene().timestamp(offset);
            let delivery = trial.mint_as(&fixture, &call_id, &timestamp)?;
            take(trial, &mut verdict, &delivery, Expected::Once).await?;
        }
    }
    let effects = trial.settle().await;
    let claim = "events one millisecond apart each have their effect";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}
