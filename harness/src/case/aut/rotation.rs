//! What becomes of a secret once another has taken its place.

use std::time::{Duration, Instant};

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::hooks::HookKind;
use crate::ledger::Expected;
use crate::sender::{Attempt, Connection, Credential, NoAnswer, millis};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{
    Level,
    RequirementId::{R3, Rb},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[AUT_20];

/// How long a receiver may take to see that its secret was replaced.
const NOTICE: Duration = Duration::from_secs(10);
/// How long its last process may take, once the first has seen it.
const LAST_TO_NOTICE: Duration = Duration::from_secs(3);
/// The longest overlap that is waited for.
const LONGEST_OVERLAP: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

const AUT_20: Case = Case {
    id: "AUT-20",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Disturbing,
    clauses: &["G-AUTH-03", "G-CFG-11", "D-10"],
    evidence: &[E1, E3],
    needs: &[Need::Secret, Need::Refusal, Need::Hook(HookKind::Rotation)],
    title: "a replaced secret counts no longer, and its successor does",
    doc: "Replaces the secret; the next one has to be let in, and the former one refused, once a declared overlap is over, also on a connection from before. Then puts the former one back.\n\
          Why: a secret that leaked is worth nothing to its finder only if replacing it ends it.\n\
          Fix: read the secret anew when it changes; keep no list of values, and nothing about the caller on a connection, that outlives it.",
    body: |trial| Box::pin(aut_20(trial)),
};

async fn aut_20(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut kept = trial.open().await?;
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.label = "an event before its secret is replaced".to_owned();
    let before = trial.send_on(&mut kept, request).await;
    trial.expect_if_acknowledged(&delivery, &before);
    let began = Instant::now();
    trial
        .with_next_secret(async |trial: &mut Trial, next: Credential| {
            let what = "an event with the next secret";
            let (delivery, attempt) = let_in(trial, next, what).await?;
            let refuted = (!attempt.is_accepted()).then(|| {
                let within = format!("to be let in within {}", millis(NOTICE));
                (within, attempt.describe())
            });
            let is_known = refuted.is_none();
            let claim = "the secret that replaces another is let in";
            verdict.add(Check::judged(Level::Must, claim, &[E1], refuted).shown_by(attempt.number));
            trial.expect_if_acknowledged(&delivery, &attempt);
            if is_known {
                verdict.figure("noticedAfter", began.elapsed().as_secs_f64() * 1000.0, "ms");
                former(trial, &mut verdict, &mut kept, began).await?;
            }
            Ok(())
        })
        .await?;
    let what = "an event with the secret that was put back";
    let (delivery, attempt) = let_in(trial, Credential::Valid, what).await?;
    trial.expect_if_acknowledged(&delivery, &attempt);
    let mut check = trial.control("a rotation and its way back").await?;
    if check.requirement == Some(Rb) {
        check.requirement = Some(R3);
    }
    verdict.add(check);
    let effects = trial.settle().await;
    let claim = "events with a replaced secret have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

/// The former secret: let in as long as it is declared to be, refused afterwards. The rotation
/// began at `began`, so that no overlap is over before that and its length.
async fn former(
    trial: &mut Trial,
    verdict: &mut Verdict,
    kept: &mut Connection,
    began: Instant,
) -> Result<(), Stop> {
    let overlap = trial.scene().hooks.rotation_overlap;
    if overlap > LONGEST_OVERLAP {
        verdict.add(Check::unseen(
            Level::Must,
            "a replaced secret is refused",
            &[E1],
            format!("an overlap of at most {}", millis(LONGEST_OVERLAP)),
        ));
        return Ok(());
    }
    for moment in [Duration::ZERO, overlap * 3 / 4] {
        trial.wait(moment.saturating_sub(began.elapsed())).await;
        if began.elapsed() >= overlap {
            break;
        }
        let (delivery, attempt) = send_former(trial).await?;
        trial.expect(&delivery, Expected::AtMostOnce);
        let refuted = (!attempt.is_accepted()).then(|| {
            let declared = format!("to be let in for {}, as declared", millis(overlap));
            (declared, attempt.describe())
        });
        let claim = "a replaced secret is let in during the overlap";
        verdict.add(Check::judged(Level::Must, claim, &[E1], refuted).shown_by(attempt.number));
    }
    // The overlap begins when the receiver sees the change, which it has by now.
    trial.wait(overlap).await;
    let until = Instant::now() + LAST_TO_NOTICE;
    loop {
        let (delivery, attempt) = send_former(trial).await?;
        if !attempt.is_accepted() || Instant::now() > until {
            verdict.add_all(expect::refused(&attempt));
            trial.expect(&delivery, Expected::Never);
            break;
        }
        // Each of several processes sees the change at another moment.
        trial.expect(&delivery, Expected::AtMostOnce);
        trial.wait(PAUSE).await;
    }
    for _ in 0..2 {
        let (delivery, attempt) = send_former(trial).await?;
        verdict.add_all(expect::refused(&attempt));
        trial.expect(&delivery, Expected::Never);
    }
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request().with_credential(replaced(trial));
    request.label = "an event with the former secret on a connection from before".to_owned();
    let attempt = trial.send_on(kept, request).await;
    trial.expect(&delivery, Expected::Never);
    if matches!(
        attempt.no_answer(),
        Some(NoAnswer::Closed | NoAnswer::Broken(_))
    ) {
        verdict.note("the receiver closed the connection from before the rotation");
    } else {
        verdict.add_all(expect::refused(&attempt));
    }
    Ok(())
}

/// One event, until it is let in or the receiver has had time to see the change.
async fn let_in(
    trial: &mut Trial,
    credential: Credential,
    what: &str,
) -> Result<(Delivery, Attempt), Stop> {
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request().with_credential(credential);
    request.label = what.to_owned();
    let until = Instant::now() + NOTICE;
    loop {
        let attempt = trial.send(request.clone()).await?;
        if attempt.is_accepted() || Instant::now() > until {
            return Ok((delivery, attempt));
        }
        trial.wait(PAUSE).await;
    }
}

async fn send_former(trial: &mut Trial) -> Result<(Delivery, Attempt), Stop> {
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request().with_credential(replaced(trial));
    request.label = "an event with the former secret".to_owned();
    let attempt = trial.send(request).await?;
    Ok((delivery, attempt))
}

/// The configured secret as one that no longer counts: a 429 to it is a refusal like any other.
fn replaced(trial: &Trial) -> Credential {
    let secret = trial.scene().connector.secret.as_ref();
    Credential::Given {
        expression: "$WEBHOOK_SECRET, replaced".to_owned(),
        value: secret.map_or_else(Vec::new, |secret| secret.expose().as_bytes().to_vec()),
    }
}
