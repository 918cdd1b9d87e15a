//! Several processes that share a store, each with its own URL.

use std::time::{Duration, Instant};

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::sender::{Request, release_across};
use crate::terms::EvidenceKind::{E1, E3, E5};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[DUR_11];

/// Events whose copies go to all URLs at once.
const ROUNDS: usize = 20;
/// However few events were sent by then.
const LONGEST: Duration = Duration::from_secs(5);
/// Copies of an event for each URL.
const COPIES: usize = 4;

const DUR_11: Case = Case {
    id: "DUR-11",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-IDEM-01", "G-IDEM-07", "D-06"],
    evidence: &[E1, E3, E5],
    needs: &[Need::Replicas],
    title: "copies spread over all URLs of the receiver have one effect",
    doc: "Delivers a plain event to each further URL, then twenty events (fewer where those take over five seconds), each as copies that reach all URLs at the same moment.\n\
          Why: a load balancer sends the retry to another process than the first attempt, and keys that each process keeps for itself do not meet.\n\
          Fix: keep the keys in a store that all processes share, under a unique constraint.",
    body: |trial| Box::pin(dur_11(trial)),
};

async fn dur_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let others = trial.scene().also.clone();
    for connector in &others {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.label = format!("a plain event to {}", connector.target.shown());
        let attempt = connector.attempt(request).await;
        let attempt = trial.record(attempt);
        let mut check = expect::taken(trial.scene(), &delivery, &attempt);
        check.level = Level::Should;
        verdict.add(check);
        trial.expect_if_acknowledged(&delivery, &attempt);
    }
    let first = trial.scene().connector.clone();
    let connectors: Vec<_> = std::iter::once(first).chain(others).collect();
    let mut overlaps = 0;
    let began = Instant::now();
    let mut rounds = 0;
    while rounds < ROUNDS && began.elapsed() < LONGEST {
        rounds += 1;
        let delivery = trial.mint_effective()?;
        let copies: Vec<(_, Request)> = connectors
            .iter()
            .cycle()
            .take(COPIES * connectors.len())
            .map(|connector| {
                let mut request = delivery.request();
                request.label = format!("a copy to {}", connector.target.shown());
                (connector.clone(), request)
            })
            .collect();
        let released = release_across(copies).await;
        overlaps += released.overlaps();
        let mut is_accepted = false;
        for attempt in released.attempts {
            is_accepted |= trial.record(attempt).is_accepted();
        }
        if is_accepted {
            trial.expect_once(&delivery);
        } else {
            trial.expect(&delivery, crate::ledger::Expected::AtMostOnce);
        }
    }
    verdict.note(format!(
        "{rounds} events over {} URLs, {overlaps} pairs of copies provably under way together",
        connectors.len()
    ));
    let effects = trial.settle().await;
    let claim = "an event whose copies reach several URLs at once has one effect";
    verdict.add(expect::effects(&effects, Level::Should, claim));
    let claim = "copies were under way at the same time";
    verdict.add(match overlaps {
        0 => Check::unclear(Level::Should, claim, &[E5], "none provably were"),
        _ => Check::judged(Level::Should, claim, &[E5], None),
    });
    Ok(verdict)
}
