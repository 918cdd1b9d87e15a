//! Credentials that are almost right, each refuting one shortcut of a comparison.

use hamsa_fixtures::NearMiss;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[
    AUT_02, AUT_03, AUT_04, AUT_06, AUT_07, AUT_08, AUT_10, AUT_12, AUT_13,
];

/// Sends one event with this credential; `what` names it in the report.
pub(super) async fn send_with(
    trial: &mut Trial,
    near_miss: &NearMiss,
    what: &str,
) -> Result<(Delivery, Attempt), Stop> {
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request().with_credential(near_miss.into());
    request.label = format!("an event with {what} ({})", near_miss.name);
    let attempt = trial.send(request).await?;
    Ok((delivery, attempt))
}

/// Sends an event with each of these credentials: all are refused and none has an effect.
pub(super) async fn refuse(
    trial: &mut Trial,
    credentials: &[NearMiss],
    what: &str,
) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for near_miss in credentials {
        let (delivery, attempt) = send_with(trial, near_miss, "a bad credential").await?;
        verdict.add_all(expect::refused(&attempt));
        trial.expect(&delivery, Expected::Never);
    }
    verdict.add(trial.control(what).await?);
    let effects = trial.settle().await;
    let claim = format!("events with {what} have no effect");
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, &claim));
    Ok(verdict)
}

const AUT_02: Case = Case {
    id: "AUT-02",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a wrong token of the right length is refused",
    doc: "Sends an event with a random token of the same length and alphabet.\n\
          Why: a check for the mere presence of a token lets everyone in.\n\
          Fix: compare the whole header value with the configured one, in constant time.",
    body: |trial| Box::pin(aut_02(trial)),
};

async fn aut_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = [trial.near_misses().wrong_token];
    refuse(trial, &credentials, "a wrong token").await
}

const AUT_03: Case = Case {
    id: "AUT-03",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a shortened or extended token is refused",
    doc: "Sends events with the true token less its end, and with more after it.\n\
          Why: `startsWith` in either direction accepts one of them.\n\
          Fix: compare for equality of the whole value.",
    body: |trial| Box::pin(aut_03(trial)),
};

async fn aut_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let family = trial.near_misses();
    let credentials: Vec<NearMiss> = family
        .shortened
        .into_iter()
        .chain(family.extended)
        .collect();
    refuse(trial, &credentials, "a shortened or extended token").await
}

const AUT_04: Case = Case {
    id: "AUT-04",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a token that differs in one bit is refused",
    doc: "Sends events whose token has one bit changed in its first, middle or last character.\n\
          Why: a comparison that looks at the first bytes only (8 of a key id, 72 of bcrypt) misses the rest.\n\
          Fix: compare every byte.",
    body: |trial| Box::pin(aut_04(trial)),
};

async fn aut_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = trial.near_misses().bit_flipped;
    refuse(trial, &credentials, "a token with one bit changed").await
}

const AUT_06: Case = Case {
    id: "AUT-06",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "the true token under another scheme is refused",
    doc: "Sends events with the true token after `Basic` or `Token`, and without any scheme.\n\
          Why: taking the last word of the header, or stripping any first word, accepts what was never configured.\n\
          Fix: compare the full header value, scheme included.",
    body: |trial| Box::pin(aut_06(trial)),
};

async fn aut_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = trial.near_misses().other_scheme;
    let mut verdict = refuse(trial, &credentials, "the token under another scheme").await?;
    // `Token` is a scheme that the provider's own API reference shows.
    soften(&mut verdict, "(scheme-token)", Level::Should);
    Ok(verdict)
}

const AUT_07: Case = Case {
    id: "AUT-07",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-01"],
    evidence: &[E1],
    needs: &[Need::Secret],
    title: "the scheme's letter case does not matter: reported",
    doc: "Sends events with the true token after `bearer` and `BEARER`.\n\
          Why: HTTP calls schemes case-insensitive (RFC 9110); the guide compares the whole value.\n\
          Fix: nothing to fix; accepting either is right, refusing is allowed.",
    body: |trial| Box::pin(aut_07(trial)),
};

async fn aut_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for near_miss in &trial.near_misses().scheme_case {
        let (delivery, attempt) =
            send_with(trial, near_miss, "the credential in another form").await?;
        let refuted =
            (!attempt.is_accepted()).then(|| ("status 200".to_owned(), attempt.describe()));
        let claim = format!("{} is accepted", attempt.request.label);
        // No verdict on a lower-case scheme.
        verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    Ok(verdict)
}

const AUT_08: Case = Case {
    id: "AUT-08",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a token in other letter case is refused",
    doc: "Sends events with the token in upper, lower and swapped case.\n\
          Why: folding case throws away most of the token's strength.\n\
          Fix: compare the token byte for byte.",
    body: |trial| Box::pin(aut_08(trial)),
};

async fn aut_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = trial.near_misses().case_changed;
    refuse(trial, &credentials, "a token in other letter case").await
}

const AUT_10: Case = Case {
    id: "AUT-10",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a list of credentials with the true one in it is refused",
    doc: "Sends events whose header value is a list with a wrong and the true credential.\n\
          Why: searching for the secret inside the header accepts anything around it.\n\
          Fix: compare for equality of the whole value.",
    body: |trial| Box::pin(aut_10(trial)),
};

async fn aut_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = trial.near_misses().listed;
    refuse(trial, &credentials, "a list of credentials").await
}

const AUT_12: Case = Case {
    id: "AUT-12",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1],
    needs: &[Need::Secret],
    title: "white space around the token: reported, not judged",
    doc: "Sends events with spaces or a tab before, inside and after the credential.\n\
          Why: white space at the ends is no part of a header's value; inside, opinions differ.\n\
          Fix: nothing to fix.",
    body: |trial| Box::pin(aut_12(trial)),
};

async fn aut_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for near_miss in &trial.near_misses().spaced {
        let (delivery, attempt) =
            send_with(trial, near_miss, "white space in the credential").await?;
        verdict.note(format!("{}: {}", near_miss.name, attempt.describe()));
        let claim = format!("{} is answered", attempt.request.label);
        let refuted =
            expect::dropped(&attempt).then(|| ("an answer".to_owned(), attempt.describe()));
        verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    Ok(verdict)
}

const AUT_13: Case = Case {
    id: "AUT-13",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-AUTH-07", "G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "credentials that strain the reader are refused and leave it serving",
    doc: "Sends events with an 8 KiB token, bytes that are not ASCII, and an encoded NUL at the end.\n\
          Why: decoding and comparing odd values is where checks throw, and a thrown check may let through or end the process.\n\
          Fix: compare bytes; turn every error of the check into a refusal.",
    body: |trial| Box::pin(aut_13(trial)),
};

async fn aut_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let credentials = trial.near_misses().strained;
    refuse(trial, &credentials, "straining credentials").await
}

/// Lowers the level of the checks whose claim names this.
fn soften(verdict: &mut Verdict, name: &str, level: Level) {
    for check in verdict
        .checks
        .iter_mut()
        .filter(|check| check.claim.contains(name))
    {
        check.level = check.level.min(level);
    }
}
