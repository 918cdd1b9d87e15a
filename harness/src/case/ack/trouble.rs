//! Acknowledgements while something behind the receiver is slow or fails.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::error::HarnessError;
use crate::hooks::{Hook, HookKind, Switch};
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_10, ACK_21];

const ACK_10: Case = Case {
    id: "ACK-10",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-ACK-03", "G-ACK-11", "G-ASYNC-01", "G-ASYNC-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Hook(HookKind::Slow)],
    title: "a slow dependency delays effects, not acknowledgements",
    doc: "Makes something that the receiver needs take eight seconds or more (`--slow-on`), delivers three events, and looks for their effects once it is over.\n\
          Why: CRMs and mail servers are slow now and then, and the sender waits five seconds only.\n\
          Fix: put work on a queue that survives a restart, answer 200, and work from the queue.",
    body: |trial| Box::pin(ack_10(trial)),
};

async fn ack_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let what = "while a dependency is slow";
    in_trouble(trial, HookKind::Slow, what).await
}

const ACK_21: Case = Case {
    id: "ACK-21",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-ACK-08", "G-ACK-09", "G-ASYNC-03"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Hook(HookKind::Fault)],
    title: "work that fails after receipt does not fail the acknowledgement",
    doc: "Makes the work on events fail (`--fault-on`), delivers three events, ends the fault, delivers another, and looks for the effects.\n\
          Why: an event that is safely stored needs no redelivery; a 500 for it brings copies without end.\n\
          Fix: answer 200 once the event is stored; retry failed work from there, and log the error with an id.",
    body: |trial| Box::pin(ack_21(trial)),
};

async fn ack_21(trial: &mut Trial) -> Result<Verdict, Stop> {
    let what = "while the work on it fails";
    in_trouble(trial, HookKind::Fault, what).await
}

async fn in_trouble(trial: &mut Trial, kind: HookKind, what: &str) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let switch = trial.scene().hooks.switch(kind).cloned();
    let Switch { on, off } = switch.ok_or_else(|| {
        HarnessError::Internal("a case uses a hook without needing it".to_owned())
    })?;
    if let Some(check) = unswitched(trial, &on).await {
        verdict.add(check);
        return Ok(verdict);
    }
    let delivered = deliver_three(trial, &mut verdict, what).await;
    // Whatever came of it, the receiver's surroundings are as they were.
    verdict.add_all(unswitched(trial, &off).await);
    delivered?;
    verdict.add(trial.control(what).await?);
    let effects = trial.settle().await;
    let claim = format!("what is acknowledged {what} has its effect afterwards");
    verdict.add(expect::effects(&effects, Level::Should, &claim).filed_under(R2));
    Ok(verdict)
}

async fn deliver_three(trial: &mut Trial, verdict: &mut Verdict, what: &str) -> Result<(), Stop> {
    for _ in 0..3 {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.label = format!("an event {what}");
        let attempt: Attempt = trial.send(request).await?;
        let mut check = expect::acknowledged(trial.scene(), &delivery, &attempt);
        check.level = Level::Should;
        verdict.add(check);
        trial.expect_if_acknowledged(&delivery, &attempt);
    }
    Ok(())
}

/// Uses a hook; what is to be said when it fails is no word about the receiver.
async fn unswitched(trial: &Trial, hook: &Hook) -> Option<Check> {
    let failed = hook.run(&trial.scene().connector.tls).await.err()?;
    let claim = "the fault can be begun and ended";
    Some(Check::unclear(
        Level::Should,
        claim,
        &[E1],
        failed.to_string(),
    ))
}
