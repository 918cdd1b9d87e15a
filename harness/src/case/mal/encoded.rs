//! Events in other wrappings: forms, and gzip.

use std::sync::Arc;

use hamsa_fixtures::malformed;

use super::identity::no_server_error;
use super::shape::still_serves;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Request;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[MAL_20, MAL_21];

const MAL_20: Case = Case {
    id: "MAL-20",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-ACK-04"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "a form is no event",
    doc: "Sends the members of an event as an HTML form, as a multipart form, and as JSON in one form field.\n\
          Why: a framework that reads every kind of body into the same object takes events from a web page's form.\n\
          Fix: mount the JSON parser alone on this route; answer 400 or 415.",
    body: |trial| Box::pin(mal_20(trial)),
};

async fn mal_20(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let example = trial.mint_effective()?;
    for index in 0..malformed::form_bodies(&example.key, &example.body).len() {
        let delivery = trial.mint_effective()?;
        let mut forms = malformed::form_bodies(&delivery.key, &delivery.body);
        let (content_type, form) = forms.swap_remove(index);
        let mut request = Request::post(form.name, Arc::from(form.bytes));
        request.content_type = Some(content_type);
        let attempt = trial.send(request).await?;
        verdict.add(expect::turned_down(&attempt));
        trial.expect(&delivery, Expected::Never);
    }
    still_serves(trial, &mut verdict, "forms").await?;
    Ok(verdict)
}

const MAL_21: Case = Case {
    id: "MAL-21",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-10", "D-04"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "compressed bodies leave the receiver serving",
    doc: "Sends events with `Content-Encoding: gzip`: a sound one, one whose checksum is wrong, and one of 1 MiB that unpacks to 1 GiB; 200, 400, 413 and 415 are all fine.\n\
          Why: a limit on the bytes that arrive is none on those they unpack to, and memory runs out.\n\
          Fix: refuse encodings with 415, or limit the size of what is unpacked.",
    body: |trial| Box::pin(mal_21(trial)),
};

/// What the bomb unpacks to, in MiB.
const BOMB: usize = 1024;

async fn mal_21(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for what in [
        "a compressed event",
        "a compressed event with a wrong checksum",
        "a gzip bomb",
    ] {
        let delivery = trial.mint_effective()?;
        let (body, expected) = match what {
            "a compressed event" => (malformed::gzip(&delivery.body), Expected::AtMostOnce),
            "a gzip bomb" => (
                malformed::gzip_bomb(&delivery.key, BOMB),
                Expected::AtMostOnce,
            ),
            _ => (malformed::corrupt_gzip(&delivery.body), Expected::Never),
        };
        let mut request = Request::post(what, Arc::from(body));
        request.headers.push(("Content-Encoding", b"gzip".to_vec()));
        let attempt = trial.send(request).await?;
        verdict.note(format!("{what}: {}", attempt.describe()));
        verdict.add(no_server_error(&attempt));
        trial.expect(&delivery, expected);
    }
    verdict.add(trial.control("compressed bodies").await?);
    let effects = trial.settle().await;
    let claim = "a compressed body with a wrong checksum has no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Should, claim));
    Ok(verdict)
}
