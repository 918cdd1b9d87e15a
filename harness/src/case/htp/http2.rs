//! HTTP/2, where the receiver offers it.

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, Credential, Http2, Request};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[HTP_11];

const HTP_11: Case = Case {
    id: "HTP-11",
    requirements: &[Rb],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-IDEM-03", "G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[],
    title: "HTTP/2, where it is offered, keeps the same promises",
    doc: "Over HTTP/2 (by ALPN for https, with prior knowledge for http) delivers an event of each type, delivers one of them again, and sends one with a wrong token; not applicable where it is not offered.\n\
          Why: HTTP/2 often ends in another listener, with routes and filters of its own.\n\
          Fix: mount the same handler, token check included, on both.",
    body: |trial| Box::pin(htp_11(trial)),
};

async fn htp_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut connection = trial.open_http2().await?;
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        for what in ["an event", "its duplicate"] {
            let mut request = delivery.request();
            request.label = format!("{what} ({event_type}) over HTTP/2");
            let attempt = send(trial, &mut connection, request).await?;
            let mut check = expect::taken(trial.scene(), &delivery, &attempt);
            check.level = Level::Info;
            verdict.add(check.filed_under(Rb));
            trial.expect_if_acknowledged(&delivery, &attempt);
        }
    }
    if trial.scene().connector.secret.is_some() {
        let delivery = trial.mint_effective()?;
        let wrong = trial.near_misses().wrong_token;
        let mut request = delivery.request().with_credential(Credential::from(&wrong));
        request.label = "an event with a wrong token over HTTP/2".to_owned();
        let attempt = send(trial, &mut connection, request).await?;
        verdict.add(refused(&attempt));
        trial.expect(&delivery, Expected::Never);
    }
    let effects = trial.settle().await;
    let claim = "events over HTTP/2 have one effect each, and none with a wrong token";
    verdict.add(expect::effects(&effects, Level::Should, claim));
    Ok(verdict)
}

async fn send(
    trial: &mut Trial,
    connection: &mut Http2,
    request: Request,
) -> Result<Attempt, Stop> {
    let released = trial.release_on(connection, vec![request]).await;
    let only = released.attempts.into_iter().next();
    only.ok_or_else(|| Stop::Gone("nothing was sent over HTTP/2".to_owned()))
}

fn refused(attempt: &Attempt) -> Check {
    let refuted = attempt
        .is_accepted()
        .then(|| ("a refusal, 401".to_owned(), attempt.describe()));
    let claim = format!("{} is not accepted", attempt.request.label);
    Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number)
}
