//! Methods other than POST.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[HTP_01];

const HTP_01: Case = Case {
    id: "HTP-01",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["D-11"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "methods other than POST have no effect",
    doc: "Sends a valid event with GET, PUT, DELETE, PATCH and HEAD; an effect is a MUST finding, a 200 a SHOULD.\n\
          Why: a route that answers every method runs the handler for crawlers and link previews too.\n\
          Fix: register the handler for POST only; answer 405 with `Allow: POST`.",
    body: |trial| Box::pin(htp_01(trial)),
};

async fn htp_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.method = method;
        request.label = format!("a valid event by {method}");
        let attempt = trial.send(request).await?;
        let refuted = attempt
            .is_accepted()
            .then(|| ("405, or another refusal".to_owned(), attempt.describe()));
        let claim = format!("{} is not accepted", attempt.request.label);
        verdict.add(Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number));
        trial.expect(&delivery, Expected::Never);
    }
    verdict.add(trial.control("other methods").await?);
    let effects = trial.settle().await;
    verdict.add_all(expect::only_valid_effects(
        &effects,
        Level::Must,
        "other methods have no effect",
    ));
    Ok(verdict)
}
