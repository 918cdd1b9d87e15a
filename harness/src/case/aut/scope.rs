//! Where and when the check applies: before parsing, before the duplicate short cut, per request.

use super::near_miss::send_with;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, Credential, NoAnswer};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[AUT_09, AUT_14, AUT_15, AUT_16, AUT_18];

const AUT_09: Case = Case {
    id: "AUT-09",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03", "G-AUTH-07"],
    evidence: &[E1],
    needs: &[Need::Secret],
    title: "two Authorization headers: reported, not judged",
    doc: "Sends events with two `Authorization` headers, the true one first and the true one last.\n\
          Why: a proxy and the receiver may each look at another of the two.\n\
          Fix: refuse a request that has more than one.",
    body: |trial| Box::pin(aut_09(trial)),
};

async fn aut_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let Some(secret) = trial.scene().connector.secret.clone() else {
        return Ok(verdict);
    };
    let wrong = trial.near_misses().wrong_token;
    let wrong_value = wrong.value.clone().unwrap_or_default();
    let true_value = secret.expose().as_bytes().to_vec();
    let pairs = [
        ("the true one first", Credential::Valid, wrong_value),
        ("the true one last", Credential::from(&wrong), true_value),
    ];
    for (order, first, second) in pairs {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request().with_credential(first);
        request.headers.push(("Authorization", second));
        request.label = format!("an event with two Authorization headers, {order}");
        let attempt = trial.send(request).await?;
        // The sender holds the true token, so R3 is kept either way; several servers drop all but
        // the first header before any handler sees it.
        let accepted = attempt
            .is_accepted()
            .then(|| ("a refusal".to_owned(), attempt.describe()));
        let claim = format!("{} is refused", attempt.request.label);
        verdict.add(Check::judged(Level::Info, claim, &[E1], accepted).shown_by(attempt.number));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    Ok(verdict)
}

const AUT_14: Case = Case {
    id: "AUT-14",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-AUTH-05", "D-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a malformed body with a wrong token is refused for its token",
    doc: "Sends malformed and incomplete bodies with a wrong token and without any; a 2xx is a MUST finding, a 400 instead of 401 a SHOULD.\n\
          Why: parsing what a stranger sends is work and risk spent on a stranger, and its errors tell them how you parse.\n\
          Fix: put the token check in front of the body parser.",
    body: |trial| Box::pin(aut_14(trial)),
};

async fn aut_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let family = trial.near_misses();
    for near_miss in [&family.wrong_token, &family.absent] {
        for what in [
            "cut short",
            "without an eventType",
            "that is no JSON",
            "that is empty",
        ] {
            let delivery = trial.mint_effective()?;
            let body = match what {
                "cut short" => delivery.body[..delivery.body.len() / 2].to_vec(),
                "without an eventType" => {
                    let mut event = delivery.value()?;
                    if let Some(members) = event.as_object_mut() {
                        members.shift_remove("eventType");
                    }
                    event.to_string().into_bytes()
                }
                "that is no JSON" => b"<event/>".to_vec(),
                _ => Vec::new(),
            };
            let mut request = delivery
                .with_body(body)
                .request()
                .with_credential(Credential::from(near_miss));
            request.label = format!("a body {what} with a bad credential ({})", near_miss.name);
            let attempt = trial.send(request).await?;
            verdict.add_all(expect::refused(&attempt));
            trial.expect(&delivery, Expected::Never);
        }
    }
    verdict.add(
        trial
            .control("malformed bodies with a bad credential")
            .await?,
    );
    let effects = trial.settle().await;
    let claim = "malformed bodies with a bad credential have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const AUT_15: Case = Case {
    id: "AUT-15",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03", "G-AUTH-05"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "a duplicate is no reason to skip the token check",
    doc: "Delivers an event, then sends the same event with a wrong token and without any.\n\
          Why: a duplicate check in front of the token check tells strangers which events you have seen.\n\
          Fix: authenticate before you look anything up.",
    body: |trial| Box::pin(aut_15(trial)),
};

async fn aut_15(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let first = trial.deliver(&delivery).await?;
    verdict.add(expect::acknowledged(trial.scene(), &delivery, &first));
    let family = trial.near_misses();
    for near_miss in [&family.wrong_token, &family.absent] {
        let mut request = delivery.request().with_credential(near_miss.into());
        request.label = format!("a duplicate with a bad credential ({})", near_miss.name);
        let attempt = trial.send(request).await?;
        verdict.add_all(expect::refused(&attempt));
    }
    trial.expect_once(&delivery);
    verdict.add(trial.control("duplicates with a bad credential").await?);
    let effects = trial.settle().await;
    let claim = "a duplicate with a bad credential has no effect";
    verdict.add(expect::nothing_added(&effects, Level::Must, claim));
    Ok(verdict)
}

const AUT_16: Case = Case {
    id: "AUT-16",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-03"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal],
    title: "every request on a connection is authenticated",
    doc: "On one kept connection, sends an event with the right token, one with a wrong token, and one with the right token again.\n\
          Why: proxies and pools share connections between senders.\n\
          Fix: keep nothing about the caller on the connection.",
    body: |trial| Box::pin(aut_16(trial)),
};

async fn aut_16(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let family = trial.near_misses();
    let credentials = [
        Credential::Valid,
        (&family.wrong_token).into(),
        Credential::Valid,
        Credential::Absent,
        Credential::Valid,
    ];
    let mut connection = trial.open().await?;
    let mut reopened = 0;
    for credential in credentials {
        let is_valid = matches!(credential, Credential::Valid);
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request().with_credential(credential);
        request.label = if is_valid {
            "an event with the right token on a kept connection".to_owned()
        } else {
            "an event with a bad credential on a kept connection".to_owned()
        };
        let mut attempt = trial.send_on(&mut connection, request.clone()).await;
        if attempt.no_answer() == Some(&NoAnswer::Closed) {
            // A receiver may close an idle connection without a word; that answers nothing.
            connection = trial.open().await?;
            reopened += 1;
            attempt = trial.send_on(&mut connection, request.clone()).await;
        }
        if is_valid && trial.scene().note_throttled(&attempt) {
            attempt = trial.send(request).await?;
        }
        if is_valid {
            verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
            trial.expect_once(&delivery);
        } else {
            verdict.add_all(expect::refused(&attempt));
            trial.expect(&delivery, Expected::Never);
        }
        verdict.add(answered_once(&attempt));
        if !connection.is_open {
            // Closing is allowed, after a refusal above all; the next request takes a new one.
            connection = trial.open().await?;
            reopened += 1;
        }
    }
    if reopened > 0 {
        verdict.note(format!(
            "the receiver closed the connection after {reopened} of 5 answers"
        ));
    }
    let effects = trial.settle().await;
    let claim = "only the events with the right token have an effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

/// What follows an answer unasked would be taken for the answer to the next request: the body of a
/// refused one, read as a request of its own.
fn answered_once(attempt: &Attempt) -> Check {
    let surplus = attempt.answer().map_or(0, |answer| answer.surplus);
    let refuted = (surplus > 0).then(|| {
        (
            "one answer".to_owned(),
            format!("{surplus} more bytes behind it"),
        )
    });
    let claim = "one request on a kept connection gets one answer";
    Check::judged(Level::Must, claim, &[E1], refuted).shown_by(attempt.number)
}

const AUT_18: Case = Case {
    id: "AUT-18",
    requirements: &[R3],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-02", "G-AUTH-04"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal],
    title: "all refusals look the same",
    doc: "Compares the answers to a missing, a wrong and a shortened token.\n\
          Why: a difference tells a stranger how close a guess was.\n\
          Fix: answer every bad credential with the same 401 and the same body; add `WWW-Authenticate: Bearer`.",
    body: |trial| Box::pin(aut_18(trial)),
};

async fn aut_18(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let family = trial.near_misses();
    let mut answers: Vec<(String, String)> = Vec::new();
    let known = [&family.absent, &family.wrong_token]
        .into_iter()
        .chain(family.shortened.first());
    for near_miss in known {
        let (delivery, attempt) = send_with(trial, near_miss, "a bad credential").await?;
        trial.expect(&delivery, Expected::Never);
        // A limit that sets in meanwhile refuses as well, and says nothing about the token.
        let Some(answer) = attempt.answer().filter(|answer| answer.status != 429) else {
            continue;
        };
        answers.push((
            near_miss.name.to_owned(),
            format!("status {} and {} bytes", answer.status, answer.body_length),
        ));
        if answers.len() == 1 {
            let has_challenge = answer.header("www-authenticate").is_some();
            let refuted = (!has_challenge).then(|| {
                (
                    "`WWW-Authenticate: Bearer`".to_owned(),
                    "no such header".to_owned(),
                )
            });
            let claim = "a refusal names the scheme it wants";
            verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
        }
    }
    let first = answers
        .first()
        .map(|(_, answer)| answer.clone())
        .unwrap_or_default();
    let other = answers.iter().find(|(_, answer)| *answer != first);
    let refuted = other.map(|(name, answer)| {
        (
            format!("{first}, as for no header"),
            format!("{answer} for {name}"),
        )
    });
    verdict.add(Check::judged(
        Level::Should,
        "refusals do not differ",
        &[E1],
        refuted,
    ));
    Ok(verdict)
}
