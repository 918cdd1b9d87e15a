//! Floods of requests without the token, and what becomes of valid ones meanwhile.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, Credential, Request};
use crate::terms::EvidenceKind::E1;
use crate::terms::{
    Level,
    RequirementId::{R1, R3},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LIM_02, LIM_03, LIM_04];

/// Requests of a flood: twice what the guide's sample lets an address have in a minute.
const FLOOD: usize = 200;
/// Requests that are released together.
const TOGETHER: usize = 40;

const LIM_02: Case = Case {
    id: "LIM-02",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-SEC-02"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "strangers are limited to so many requests",
    doc: "Sends 200 events with a wrong token and looks for a 429 among the answers.\n\
          Why: a limit makes guessing and flooding dearer; the token's length is what keeps guesses out.\n\
          Fix: limit requests without a valid token, by address, to some hundred a minute.",
    body: |trial| Box::pin(lim_02(trial)),
};

async fn lim_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let limited = limited(&flood(trial).await?);
    let refuted = limited.is_none().then(|| {
        let actual = format!("none in {FLOOD} requests");
        ("a 429 at some point".to_owned(), actual)
    });
    let claim = "requests with a wrong token are answered 429 at some point";
    verdict.add(Check::judged(Level::Info, claim, &[E1], refuted));
    Ok(verdict)
}

const LIM_03: Case = Case {
    id: "LIM-03",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-SEC-03"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "a 429 says when to come again",
    doc: "Looks for `Retry-After` or a `RateLimit` header in the first 429 of a flood.\n\
          Why: a sender that is told to wait waits; one that is not comes again at once.\n\
          Fix: send `Retry-After` with each 429.",
    body: |trial| Box::pin(lim_03(trial)),
};

async fn lim_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let Some(attempt) = limited(&flood(trial).await?) else {
        verdict.note("no request was answered 429");
        return Ok(verdict);
    };
    let says = attempt.answer().is_some_and(|answer| {
        answer.headers.iter().any(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name == "retry-after"
                || name.starts_with("ratelimit")
                || name.starts_with("x-ratelimit")
        })
    });
    let refuted = (!says).then(|| {
        let actual = "neither".to_owned();
        ("Retry-After, or a RateLimit header".to_owned(), actual)
    });
    let claim = "a 429 says how long the limit lasts";
    verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
    Ok(verdict)
}

const LIM_04: Case = Case {
    id: "LIM-04",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-SEC-04"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "valid events are answered while strangers are refused",
    doc: "Sends 160 events with a wrong token and 40 valid ones, mixed, 40 at a time.\n\
          Why: a limit by address stops the real sender when somebody floods from behind the same proxy.\n\
          Fix: look at the token before you count; count refused requests only.",
    body: |trial| Box::pin(lim_04(trial)),
};

async fn lim_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut valid = Vec::new();
    for _ in 0..FLOOD / TOGETHER {
        let mut requests = Vec::with_capacity(TOGETHER);
        for number in 0..TOGETHER {
            let delivery = trial.mint_effective()?;
            if number % 5 == 4 {
                requests.push(delivery.request());
            } else {
                requests.push(without_token(delivery.request()));
            }
            trial.expect(&delivery, Expected::AtMostOnce);
        }
        let released = trial.release(requests).await;
        let is_valid = |attempt: &Attempt| matches!(attempt.request.credential, Credential::Valid);
        valid.extend(released.attempts.into_iter().filter(is_valid));
    }
    let bad: Vec<&Attempt> = valid
        .iter()
        .filter(|attempt| !attempt.is_accepted())
        .collect();
    let refuted = bad.first().map(|first| {
        let actual = format!(
            "{} of {} were not, the first: {}",
            bad.len(),
            valid.len(),
            first.describe()
        );
        ("all of them answered 200".to_owned(), actual)
    });
    let claim = "valid events among refused ones are acknowledged";
    let mut check = Check::judged(Level::Should, claim, &[E1], refuted);
    check.attempt = bad.first().map(|attempt| attempt.number);
    verdict.add(check);
    verdict.figure("validAmongRefused", valid.len() as f64, "");
    Ok(verdict)
}

/// A flood of events with a wrong token, up to the first 429.
async fn flood(trial: &mut Trial) -> Result<Vec<Attempt>, Stop> {
    let mut attempts = Vec::new();
    for _ in 0..FLOOD / TOGETHER {
        let mut requests = Vec::with_capacity(TOGETHER);
        for _ in 0..TOGETHER {
            let delivery = trial.mint_effective()?;
            requests.push(without_token(delivery.request()));
            trial.expect(&delivery, Expected::AtMostOnce);
        }
        attempts.extend(trial.release(requests).await.attempts);
        if limited(&attempts).is_some() {
            break;
        }
    }
    Ok(attempts)
}

fn without_token(mut request: Request) -> Request {
    request.label = "an event with a wrong token".to_owned();
    request.with_credential(Credential::Given {
        expression: "Bearer not-the-token".to_owned(),
        value: b"Bearer not-the-token".to_vec(),
    })
}

/// The first request that was answered 429.
fn limited(attempts: &[Attempt]) -> Option<Attempt> {
    attempts
        .iter()
        .find(|attempt| attempt.status() == Some(429))
        .cloned()
}
