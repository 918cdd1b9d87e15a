//! What was refused must not use up the key of the real event.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_18, IDM_19];

const IDM_18: Case = Case {
    id: "IDM-18",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-05", "G-IDEM-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a refused request does not use up the key",
    doc: "Sends an event with a wrong token, then the same event with the right one.\n\
          Why: a receiver that notes the key before it authenticates lets anyone make it drop real events.\n\
          Fix: authenticate first, from the headers alone; touch the key store only afterwards.",
    body: |trial| Box::pin(idm_18(trial)),
};

async fn idm_18(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let family = trial.near_misses();
    for near_miss in [&family.wrong_token, &family.absent] {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request().with_credential(near_miss.into());
        request.label = format!("an event with a bad credential ({})", near_miss.name);
        trial.send(request).await?;
        let mut request = delivery.request();
        request.label = "the same event with the right token".to_owned();
        let attempt = trial.send(request).await?;
        verdict.add(expect::taken(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "the event has its effect after a refused copy";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const IDM_19: Case = Case {
    id: "IDM-19",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-01", "G-IDEM-02"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "a malformed body does not use up the key",
    doc: "Sends a body that carries a key and has a brace too few or too many, then the whole event with that key.\n\
          Why: a receiver that notes the key before it has parsed the event drops the retry that would have worked.\n\
          Fix: parse and check the whole event first; take the key and the event in one step.",
    body: |trial| Box::pin(idm_19(trial)),
};

async fn idm_19(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for end in ["", "}"] {
        let delivery = trial.mint_effective()?;
        let text = String::from_utf8_lossy(&delivery.body);
        // Cut before its last brace, or followed by a brace too many.
        let whole = text.trim_end();
        let start = if end.is_empty() {
            &whole[..whole.len() - 1]
        } else {
            whole
        };
        let broken = format!("{start}{end}").into_bytes();
        let mut request = delivery.with_body(broken).request();
        request.label = "an event with a brace too few or too many".to_owned();
        trial.send(request).await?;
        let mut request = delivery.request();
        request.label = "the whole event".to_owned();
        let attempt = trial.send(request).await?;
        verdict.add(expect::taken(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "the event has its effect after a malformed copy";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}
