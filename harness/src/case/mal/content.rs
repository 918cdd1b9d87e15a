//! Content types.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2, Rb},
};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[MAL_18, MAL_19];

const MAL_18: Case = Case {
    id: "MAL-18",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "other content types leave the receiver serving",
    doc: "Sends valid events as `text/plain`, as a form, as UTF-16 by name, and without a type; the status is only reported.\n\
          Why: a parser that skips the body hands the handler nothing to read.\n\
          Fix: let the body decide, or answer 415.",
    body: |trial| Box::pin(mal_18(trial)),
};

async fn mal_18(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let types = [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json; charset=utf-16"),
    ];
    for content_type in types {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.content_type = content_type;
        request.label = format!("an event as {}", content_type.unwrap_or("no content type"));
        let attempt = trial.send(request).await?;
        verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    super::shape::still_serves(trial, &mut verdict, "events of other content types").await?;
    Ok(verdict)
}

const MAL_19: Case = Case {
    id: "MAL-19",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-04"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "a content type with a charset is accepted",
    doc: "Delivers an event of each type as `application/json; charset=utf-8`.\n\
          Why: HTTP libraries add the charset on their own; a comparison of the whole header refuses it.\n\
          Fix: compare the media type without its parameters.",
    body: |trial| Box::pin(mal_19(trial)),
};

async fn mal_19(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let mut request = delivery.request();
        request.content_type = Some("application/json; charset=utf-8");
        request.label = format!("a {event_type} with a charset in its content type");
        let attempt = trial.send(request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "events with a charset in their content type have their usual effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}
