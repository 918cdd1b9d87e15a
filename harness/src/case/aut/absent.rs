//! No credential where one belongs.

use hamsa_schemas::EVENT_TYPES;

use super::near_miss::refuse;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Credential;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[AUT_01, AUT_05, AUT_11];

const AUT_01: Case = Case {
    id: "AUT-01",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-02", "G-AUTH-05"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "an event without a credential is refused, whatever its type",
    doc: "Sends an event of each type, and one of an unknown type, without an `Authorization` header.\n\
          Why: anyone who learns the URL could write calls into your system.\n\
          Fix: check the header in one place in front of every handler; refuse to start without a configured secret.",
    body: |trial| Box::pin(aut_01(trial)),
};

async fn aut_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in EVENT_TYPES {
        let delivery = trial.mint_event(event_type)?;
        let mut request = delivery.request().with_credential(Credential::Absent);
        request.label = format!("a {event_type} without a credential");
        let attempt = trial.send(request).await?;
        verdict.add_all(expect::refused(&attempt));
        trial.expect(&delivery, Expected::Never);
    }
    verdict.add(trial.control("events without a credential").await?);
    let effects = trial.settle().await;
    let claim = "events without a credential have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const AUT_05: Case = Case {
    id: "AUT-05",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03", "D-01"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "an empty token is refused",
    doc: "Sends events with `Bearer` alone, `Bearer` and a space, and an empty header value.\n\
          Why: an unset variable on the receiver's side makes empty equal empty.\n\
          Fix: refuse to start with an empty secret; never compare against a missing one.",
    body: |trial| Box::pin(aut_05(trial)),
};

async fn aut_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = trial.near_misses().empty;
    refuse(trial, &credentials, "empty tokens").await
}

const AUT_11: Case = Case {
    id: "AUT-11",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-02", "G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "the token counts in the Authorization header only",
    doc: "Sends events that carry the true token in the query, a cookie, the body, `X-Api-Key` or `Proxy-Authorization` instead.\n\
          Why: queries and cookies end up in logs and in other sites' requests.\n\
          Fix: read the `Authorization` header and nothing else.",
    body: |trial| Box::pin(aut_11(trial)),
};

async fn aut_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let Some(secret) = trial.scene().connector.secret.clone() else {
        return Ok(verdict);
    };
    let path = trial.scene().connector.target.path_and_query();
    let joint = if path.contains('?') { '&' } else { '?' };
    let encoded: String = url::form_urlencoded::byte_serialize(secret.token().as_bytes()).collect();
    let whole: String = url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
    for place in [
        "query",
        "cookie",
        "body",
        "X-Api-Key",
        "Proxy-Authorization",
    ] {
        let mut delivery = trial.mint_effective()?;
        if place == "body" {
            let mut event = delivery.value()?;
            event["authorization"] = secret.expose().into();
            event["token"] = secret.token().into();
            event["access_token"] = secret.token().into();
            delivery = delivery.with_body(event.to_string().into_bytes());
        }
        let mut request = delivery.request().with_credential(Credential::Absent);
        request.label = format!("an event with the token in the {place} only");
        match place {
            "query" => {
                let names = ["token", "access_token", "auth", "api_key"];
                let pairs: Vec<String> = names.iter().map(|n| format!("{n}={encoded}")).collect();
                request.path_and_query = Some(format!(
                    "{path}{joint}{}&authorization={whole}",
                    pairs.join("&")
                ));
            }
            "cookie" => {
                let value =
                    format!("token={encoded}; access_token={encoded}; authorization={whole}");
                request.headers.push(("Cookie", value.into_bytes()));
            }
            "X-Api-Key" => {
                request
                    .headers
                    .push(("X-Api-Key", secret.token().as_bytes().to_vec()));
            }
            "Proxy-Authorization" => {
                request
                    .headers
                    .push(("Proxy-Authorization", secret.expose().as_bytes().to_vec()));
            }
            _ => {}
        }
        let attempt = trial.send(request).await?;
        let mut checks = expect::refused(&attempt);
        if place == "query" && attempt.status() == Some(404) {
            // Another query can be another URL.
            checks.retain(|check| check.level == Level::Must);
        }
        verdict.add_all(checks);
        trial.expect(&delivery, Expected::Never);
    }
    verdict.add(trial.control("tokens in the wrong place").await?);
    let effects = trial.settle().await;
    let claim = "events with the token in the wrong place have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}
