//! Acknowledgements while something behind the receiver is slow or fails.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::disturbed::{
    SLOW_WORK, bring_again, mint, not_taken, reach, recovered_by, release,
};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::hooks::HookKind;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

/// How soon a receiver that breaks when it takes up work again does so.
const DAMAGE: Duration = Duration::from_secs(1);

pub(super) const CASES: &[Case] = &[ACK_10, ACK_21];

const ACK_10: Case = Case {
    id: "ACK-10",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-ACK-03", "G-ACK-11", "G-ASYNC-01", "G-ASYNC-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Hook(HookKind::Slow)],
    title: "a slow dependency delays effects, not acknowledgements",
    doc: "Makes something that the receiver needs take eight seconds or more (`--slow-on`), delivers four events, and looks for their effects once it is over.\n\
          Why: CRMs and mail servers are slow now and then, and the sender waits five seconds only.\n\
          Fix: put work on a queue that survives a restart, answer 200, and work from the queue.",
    body: |trial| Box::pin(ack_10(trial)),
};

async fn ack_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    in_trouble(trial, HookKind::Slow, "while a dependency is slow").await
}

const ACK_21: Case = Case {
    id: "ACK-21",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-ACK-08", "G-ACK-09", "G-ASYNC-03"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Hook(HookKind::Fault)],
    title: "work that fails after receipt does not fail the acknowledgement",
    doc: "Makes the work on events fail (`--fault-on`), delivers four events, ends the fault, delivers another until it is taken (for 10 s at most), and looks for the effects.\n\
          Why: an event that is safely stored needs no redelivery; a 500 for it brings copies without end.\n\
          Fix: answer 200 once the event is stored; retry failed work from there, and log the error with an id.",
    body: |trial| Box::pin(ack_21(trial)),
};

async fn ack_21(trial: &mut Trial) -> Result<Verdict, Stop> {
    in_trouble(trial, HookKind::Fault, "while the work on it fails").await
}

async fn in_trouble(trial: &mut Trial, kind: HookKind, when: &str) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let deliveries = mint(trial)?;
    trial
        .with_fault(kind, async |trial: &mut Trial| {
            let label = format!("an event {when}");
            let attempts = release(trial, &deliveries, &label).await;
            let (_, reached) = reach(trial, &deliveries, &attempts, Level::Should).await;
            verdict.add(reached);
            for (delivery, attempt) in deliveries.iter().zip(&attempts) {
                let mut check = expect::acknowledged(trial.scene(), delivery, attempt);
                check.level = Level::Should;
                verdict.add(check);
                trial.expect_if_acknowledged(delivery, attempt);
            }
            Ok(())
        })
        .await?;
    let until = recovered_by();
    // Work that is taken up again may do damage of its own.
    trial.wait(DAMAGE).await;
    let next = trial.mint_effective()?;
    let label = "an event once that is over";
    let attempt = bring_again(trial, &next, until, label).await?;
    let claim = "events are acknowledged again afterwards";
    let check = Check::judged(Level::Should, claim, &[E1], not_taken(&attempt));
    verdict.add(check.shown_by(attempt.number));
    trial.expect_if_acknowledged(&next, &attempt);
    if kind == HookKind::Slow {
        trial.wait(SLOW_WORK).await;
    }
    let effects = trial.settle().await;
    let claim = format!("what is acknowledged {when} has its effect afterwards");
    verdict.add(expect::effects(&effects, Level::Should, &claim).filed_under(R2));
    Ok(verdict)
}
