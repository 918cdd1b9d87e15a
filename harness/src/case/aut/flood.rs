//! Many guesses at once: none is right by accident, and the real sender is not locked out.

use std::time::{Duration, Instant};

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Credential;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{
    Level,
    RequirementId::{R3, Rb},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[AUT_19];

/// Guesses in all.
const GUESSES: usize = 200;
/// Guesses that are released together: enough for a look-up elsewhere to be slow.
const TOGETHER: usize = 40;
/// No guess goes out after this.
const LONGEST: Duration = Duration::from_secs(10);

const AUT_19: Case = Case {
    id: "AUT-19",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-AUTH-03", "G-SEC-04"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "wrong tokens by the hundred let nobody in and lock nobody out",
    doc: "Sends 200 events with wrong tokens, 40 at a time, within ten seconds, then one with the right token; 429 is fine for the wrong ones.\n\
          Why: a check that fails open under load lets a guess in; one that counts failures for everybody lets a stranger switch the real sender off.\n\
          Fix: compare in the process itself; look at the token before any counter, and count by address.",
    body: |trial| Box::pin(aut_19(trial)),
};

async fn aut_19(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let wrong: Credential = (&trial.near_misses().wrong_token).into();
    let began = Instant::now();
    let mut guesses = Vec::with_capacity(GUESSES);
    while guesses.len() < GUESSES && began.elapsed() < LONGEST {
        let mut requests = Vec::with_capacity(TOGETHER);
        for _ in 0..TOGETHER {
            let delivery = trial.mint_effective()?;
            let mut request = delivery.request().with_credential(wrong.clone());
            request.label = "an event with a wrong token, among many".to_owned();
            requests.push(request);
            trial.expect(&delivery, Expected::Never);
        }
        guesses.extend(trial.release(requests).await.attempts);
    }
    let let_in: Vec<_> = guesses.iter().filter(|guess| guess.is_accepted()).collect();
    let refuted = let_in.first().map(|first| {
        let actual = format!(
            "{} of {} were not, the first: {}",
            let_in.len(),
            guesses.len(),
            first.describe()
        );
        ("all of them refused".to_owned(), actual)
    });
    let claim = "no wrong token among many is accepted";
    let mut check = Check::judged(Level::Must, claim, &[E1], refuted);
    check.attempt = let_in.first().map(|first| first.number);
    verdict.add(check);
    let limited = guesses.iter().filter(|guess| guess.status() == Some(429));
    verdict.figure("wrongTokens", guesses.len() as f64, "");
    verdict.figure("wrongTokensLimited", limited.count() as f64, "");

    // A 429 to the right token is waited out as far as the run's patience goes.
    let began = Instant::now();
    let mut check = trial.control("wrong tokens by the hundred").await?;
    verdict.figure(
        "rightTokenAfter",
        began.elapsed().as_secs_f64() * 1000.0,
        "ms",
    );
    if check.requirement == Some(Rb) {
        check.requirement = Some(R3);
    }
    verdict.add(check);
    let effects = trial.settle().await;
    let claim = "events with wrong tokens have no effect, however many";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}
