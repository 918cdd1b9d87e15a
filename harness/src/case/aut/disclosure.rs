//! The token never comes back.

use super::near_miss::send_with;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::redact::Redactor;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[AUT_23];

const AUT_23: Case = Case {
    id: "AUT-23",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["D-05", "G-AUTH-07"],
    evidence: &[E1],
    needs: &[Need::Secret],
    title: "the token is in no answer",
    doc: "Searches the answers to a valid event, a duplicate, a malformed body and a near miss for the token in every usual encoding.\n\
          Why: answers end up in the sender's logs and in error trackers.\n\
          Fix: never echo request headers; never print what a credential was compared with.",
    body: |trial| Box::pin(aut_23(trial)),
};

async fn aut_23(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let redactor = Redactor::new(trial.scene().connector.secret.as_ref());
    let delivery = trial.mint_effective()?;
    let mut attempts = vec![
        trial.deliver(&delivery).await?,
        trial.deliver(&delivery).await?,
    ];
    trial.expect_once(&delivery);

    let broken = trial.mint_effective()?;
    let half = broken.body[..broken.body.len() / 2].to_vec();
    let mut request = broken.with_body(half).request();
    request.label = "a body cut short".to_owned();
    attempts.push(trial.send(request).await?);
    trial.expect(&broken, Expected::Never);

    let family = trial.near_misses();
    for near_miss in family.shortened.iter().chain(&family.extended) {
        let (delivery, attempt) = send_with(trial, near_miss, "a bad credential").await?;
        attempts.push(attempt);
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    for attempt in &attempts {
        let refuted = echoes(attempt, &redactor).then(|| {
            (
                "no part of the token".to_owned(),
                "a part of the token".to_owned(),
            )
        });
        let claim = format!(
            "the answer to {} holds no part of the token",
            attempt.request.label
        );
        verdict.add(Check::judged(Level::Must, claim, &[E1], refuted).shown_by(attempt.number));
    }
    Ok(verdict)
}

fn echoes(attempt: &Attempt, redactor: &Redactor) -> bool {
    attempt.answer().is_some_and(|answer| {
        redactor.finds_in(&String::from_utf8_lossy(&answer.body))
            || answer.headers.iter().any(|(name, value)| {
                redactor.finds_in(name) || redactor.finds_in(&String::from_utf8_lossy(value))
            })
    })
}
