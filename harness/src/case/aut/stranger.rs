//! What a stranger costs, what other methods do for them, and what they are told.

use std::time::Duration;

use super::near_miss::send_with;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Credential, Pacing, millis};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[AUT_17, AUT_24, AUT_25];

/// The large body, and how it is sent: 256 KiB every 50 ms.
const LARGE: usize = 10 * 1024 * 1024;
const PIECES: u32 = 40;
const OVER: Duration = Duration::from_secs(2);

const AUT_17: Case = Case {
    id: "AUT-17",
    requirements: &[R3],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-AUTH-02", "G-AUTH-05"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "a stranger is refused before a large body was read",
    doc: "Sends an event of 10 MiB with a wrong token over two seconds; the answer should come before the last byte. How much had gone out by then is reported.\n\
          Why: whoever needs no token to have megabytes read can keep all of your memory or bandwidth busy.\n\
          Fix: look at the token when the headers are there; answer 401 and close, or read away a little at most.",
    body: |trial| Box::pin(aut_17(trial)),
};

async fn aut_17(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let mut body = delivery.body.to_vec();
    // Still a valid event, so that only the token is wrong with it.
    body.resize(LARGE, b' ');
    let wrong = Credential::from(&trial.near_misses().wrong_token);
    let mut request = delivery.with_body(body).request().with_credential(wrong);
    request.label = "an event of 10 MiB with a wrong token, sent slowly".to_owned();
    request.pacing = Pacing::Spread {
        pieces: PIECES,
        over: OVER,
    };
    let attempt = trial.send(request).await?;
    trial.expect(&delivery, Expected::Never);
    verdict.add_all(
        expect::refused(&attempt)
            .into_iter()
            .filter(|check| check.level == Level::Must),
    );
    let timing = attempt.timing;
    let answered_after = timing
        .first_byte_written
        .zip(timing.last_byte_read)
        .map(|(from, to)| to.saturating_duration_since(from));
    let refuted = timing.last_byte_written.is_some().then(|| {
        let actual = format!("{}, all of them sent", attempt.describe());
        ("an answer before the last of 10 MiB".to_owned(), actual)
    });
    let claim = "a wrong token is refused before the whole body was read";
    verdict.add(Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number));
    if let Some(after) = answered_after {
        let sent = sent_by(after);
        verdict.note(format!(
            "answered after {}, when {} KiB of the body had been sent at most",
            millis(after),
            sent / 1024
        ));
        verdict.figure("answeredAfter", after.as_secs_f64() * 1000.0, "ms");
        verdict.figure("bytesSent", sent as f64, "B");
    }
    Ok(verdict)
}

/// The most that the pacing lets out in this time.
fn sent_by(after: Duration) -> usize {
    let pause = OVER / (PIECES - 1);
    let pieces = (after.as_secs_f64() / pause.as_secs_f64()) as usize + 1;
    (LARGE / PIECES as usize).saturating_mul(pieces).min(LARGE)
}

const AUT_24: Case = Case {
    id: "AUT-24",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-AUTH-02", "D-11"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "no other method gets around the token",
    doc: "Sends an event with OPTIONS, HEAD and GET, without a token and with it. An effect without is a MUST finding, one with it a SHOULD; 200 alone is neither, as health checks and CORS ask by these methods.\n\
          Why: frameworks route HEAD to the handler of GET and skip checks for OPTIONS; a handler behind both then runs for strangers.\n\
          Fix: check the token in front of the router, for every method; deliver on POST only.",
    body: |trial| Box::pin(aut_24(trial)),
};

async fn aut_24(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut with_token = Vec::new();
    for method in ["OPTIONS", "HEAD", "GET"] {
        for (credential, how) in [
            (Credential::Absent, "without a token"),
            (Credential::Valid, "with the token"),
        ] {
            let delivery = trial.mint_effective()?;
            let is_valid = matches!(credential, Credential::Valid);
            let mut request = delivery.request().with_credential(credential);
            request.method = method;
            request.label = format!("an event by {method} {how}");
            let attempt = trial.send(request).await?;
            if is_valid {
                trial.expect(&delivery, Expected::AtMostOnce);
                with_token.push((delivery, attempt));
            } else {
                trial.expect(&delivery, Expected::Never);
            }
        }
    }
    verdict.add(trial.control("other methods").await?);
    let effects = trial.settle().await;
    if matches!(effects, Effects::Seen(_)) {
        for (delivery, attempt) in with_token {
            let mut seen = trial.effects().iter();
            let refuted = seen
                .any(|effect| effect.key() == delivery.key)
                .then(|| ("no effect".to_owned(), "an effect".to_owned()));
            let claim = format!("{} has no effect", attempt.request.label);
            verdict.add(
                Check::judged(Level::Should, claim, &[E1, E3], refuted).shown_by(attempt.number),
            );
        }
    }
    let claim = "events without a token have no effect, whatever the method";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const AUT_25: Case = Case {
    id: "AUT-25",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-AUTH-04"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal],
    title: "a refusal is JSON with an error: reported",
    doc: "Sends an event with a wrong token and looks for a JSON object with the member `error` in the refusal.\n\
          Why: the guide's samples answer `{\"error\": \"Unauthorized\"}`; who looks into a failed delivery reads it there.\n\
          Fix: answer 401 with `{\"error\": \"Unauthorized\"}`, and with nothing about why.",
    body: |trial| Box::pin(aut_25(trial)),
};

async fn aut_25(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let wrong = trial.near_misses().wrong_token;
    let (delivery, attempt) = send_with(trial, &wrong, "a bad credential").await?;
    trial.expect(&delivery, Expected::Never);
    let claim = "the body of a refusal is a JSON object with `error`";
    let Some(answer) = attempt.answer().filter(|answer| answer.status != 429) else {
        let why = attempt.describe();
        verdict.add(Check::unclear(Level::Info, claim, &[E1], why));
        return Ok(verdict);
    };
    let body = serde_json::from_slice::<serde_json::Value>(&answer.body);
    let has_error = body.is_ok_and(|body| body.get("error").is_some());
    let refuted = (!has_error).then(|| {
        let actual = format!("{} bytes of something else", answer.body_length);
        ("`{\"error\": …}`".to_owned(), actual)
    });
    verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
    Ok(verdict)
}
