//! The first event after a silence.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::sender::{Connection, NoAnswer};
use crate::terms::EvidenceKind::{E1, E2};
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[ACK_09];

/// Longer than many servers, proxies and databases keep an idle connection.
const SILENCE: Duration = Duration::from_secs(60);

const ACK_09: Case = Case {
    id: "ACK-09",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::All,
    schedule: Schedule::Slow,
    clauses: &["G-ACK-02"],
    evidence: &[E1, E2],
    needs: &[],
    title: "after a minute of silence an event is still answered in time",
    doc: "Delivers an event over a connection that was kept and silent for 60 s, and one over a new connection. A kept connection that the receiver has closed is no fault: the event goes once more over a new one.\n\
          Why: between calls there is silence, and idle workers, pools and connections fall asleep or die.\n\
          Fix: close idle connections in both directions cleanly; keep one worker warm; test pooled connections before use.",
    body: |trial| Box::pin(ack_09(trial)),
};

async fn ack_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut kept = trial.open().await?;
    let before = trial.mint_effective()?;
    let mut request = before.request();
    request.label = "an event before the silence".to_owned();
    let attempt = trial.send_on(&mut kept, request).await;
    trial.expect_if_acknowledged(&before, &attempt);
    trial.wait(SILENCE).await;
    deliver_on_kept(trial, &mut verdict, kept).await?;

    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.label = "an event after the silence, over a new connection".to_owned();
    let attempt = trial.send(request).await?;
    trial.expect_if_acknowledged(&delivery, &attempt);
    verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
    Ok(verdict)
}

async fn deliver_on_kept(
    trial: &mut Trial,
    verdict: &mut Verdict,
    mut kept: Connection,
) -> Result<(), Stop> {
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.label = "an event after the silence, over the kept connection".to_owned();
    if kept.is_open && kept.is_live().await {
        let attempt = trial.send_on(&mut kept, request.clone()).await;
        // A close can cross the request on its way.
        let was_stale = matches!(
            attempt.no_answer(),
            Some(NoAnswer::Closed | NoAnswer::Broken(_))
        );
        if !was_stale {
            trial.expect_if_acknowledged(&delivery, &attempt);
            verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
            return Ok(());
        }
    }
    verdict.note("the receiver had closed the kept connection; the event went over a new one");
    request.label = "an event after the silence, once more over a new connection".to_owned();
    let attempt = trial.send(request).await?;
    trial.expect_if_acknowledged(&delivery, &attempt);
    verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
    Ok(())
}
