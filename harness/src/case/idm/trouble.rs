//! Retries while something around the receiver misbehaves: slow work, and work that fails.

use std::time::Instant;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::disturbed::{
    EVENTS, SLOW_WORK, after_the_fault, bring_again, has_effect, mint, reach, recovered_by, release,
};
use crate::case::expect;
use crate::case::trial::{Effects, Stop, Trial};
use crate::hooks::HookKind;
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R1, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[IDM_17, IDM_20];

const IDM_17: Case = Case {
    id: "IDM-17",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-IDEM-01", "G-IDEM-03", "D-06"],
    evidence: &[E1, E3],
    needs: &[Need::Hook(HookKind::Slow)],
    title: "a retry while the first attempt is still worked on has no second effect",
    doc: "Makes the receiver's work slow, delivers events, gives up on them after the deadline, delivers them again while the work on the first copies still goes on, and counts effects when all of it is over.\n\
          Why: this is how a sender's time-out really looks: the first copy is neither done nor failed when the second comes.\n\
          Fix: take the key before the work begins, keep it while the work lasts (renew a lease), and let nothing about the connection cancel the work.",
    body: |trial| Box::pin(idm_17(trial)),
};

async fn idm_17(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let deliveries = mint(trial)?;
    trial
        .with_fault(HookKind::Slow, async |trial: &mut Trial| {
            let began = Instant::now();
            let first = release(trial, &deliveries, "an event while work is slow").await;
            let (answered, reached) = reach(trial, &deliveries, &first, Level::Must).await;
            verdict.add(reached);
            // A sender that got its answer too late, or not at all: both bring the event again.
            let patience = trial.scene().connector.limits.answer;
            trial.wait(patience.saturating_sub(began.elapsed())).await;
            let retries = release(trial, &deliveries, "its retry meanwhile").await;
            for (delivery, retry) in deliveries.iter().zip(&retries) {
                let mut check = expect::taken(trial.scene(), delivery, retry).filed_under(R1);
                check.level = Level::Should;
                verdict.add(check);
            }
            verdict.note(format!(
                "{answered} of {EVENTS} first attempts were acknowledged while work was slow, {} of \
                 the retries",
                retries.iter().filter(|retry| retry.is_accepted()).count()
            ));
            Ok(())
        })
        .await?;
    trial.wait(SLOW_WORK).await;
    let until = recovered_by();
    for delivery in &deliveries {
        let last = bring_again(trial, delivery, until, "the event once work is fast again").await?;
        verdict.add(after_the_fault(trial, delivery, &last));
        trial.expect_if_acknowledged(delivery, &last);
    }
    let effects = trial.settle().await;
    let claim = "an event and its retries have one effect, however slow the work";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const IDM_20: Case = Case {
    id: "IDM-20",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-IDEM-01", "G-IDEM-03", "D-06"],
    evidence: &[E1, E3],
    needs: &[Need::Hook(HookKind::Fault)],
    title: "an event whose work failed has one effect after the retry",
    doc: "Makes the receiver's work fail, delivers events, ends the fault, and delivers again what was not acknowledged; an acknowledged event has to have its effect without that (SHOULD).\n\
          Why: a key that stays behind when its work fails turns the retry into a duplicate of nothing, and the event is lost for good.\n\
          Fix: take the key and hand the work over in one transaction that rolls back as a whole; or acknowledge, and retry the work yourself.",
    body: |trial| Box::pin(idm_20(trial)),
};

async fn idm_20(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let deliveries = mint(trial)?;
    let attempts = trial
        .with_fault(HookKind::Fault, async |trial: &mut Trial| {
            let attempts = release(trial, &deliveries, "an event while work fails").await;
            let (answered, reached) = reach(trial, &deliveries, &attempts, Level::Must).await;
            verdict.add(reached);
            verdict.note(format!(
                "{answered} of {EVENTS} events were acknowledged while work failed"
            ));
            Ok(attempts)
        })
        .await?;
    let until = recovered_by();
    let mut acknowledged = Vec::new();
    for (delivery, attempt) in deliveries.iter().zip(&attempts) {
        if attempt.is_accepted() {
            acknowledged.push((delivery, attempt));
        } else {
            let retry = bring_again(trial, delivery, until, "the retry after the fault").await?;
            verdict.add(after_the_fault(trial, delivery, &retry));
        }
        trial.expect_once(delivery);
    }
    // Waits for the effects of all, also of those that only the receiver itself can bring.
    let effects = trial.settle().await;
    if matches!(effects, Effects::Seen(_)) {
        for (delivery, attempt) in acknowledged {
            let refuted = (!has_effect(trial, delivery)).then(|| {
                (
                    "its effect, once the fault has ended".to_owned(),
                    format!("none; it had been answered with {}", attempt.describe()),
                )
            });
            // How long the receiver waits before it tries again is its own choice.
            let claim = "an event that was acknowledged while its work failed has its effect later";
            let check = Check::judged(Level::Should, claim, &[E1, E3], refuted);
            verdict.add(check.shown_by(attempt.number));
            trial.expect(delivery, Expected::AtMostOnce);
        }
    }
    let effects = trial.settle().await;
    let claim = "an event whose work failed at first has one effect in the end";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}
