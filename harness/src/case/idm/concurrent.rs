//! Copies at the same moment: races between looking a key up and taking it.

use std::time::{Duration, Instant};

use super::races::{ENOUGH_OVERLAPS, Races};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_04, IDM_05];

/// Fewer say next to nothing: a violated quarter of all overlaps could go unseen.
const LEAST_OVERLAPS: usize = 10;
/// However few rounds were made by then, when enough overlaps were proved.
const LONG: Duration = Duration::from_secs(5);
/// However few overlaps were proved by then.
const LONGEST: Duration = Duration::from_secs(10);

const IDM_04: Case = Case {
    id: "IDM-04",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Alone,
    clauses: &["G-IDEM-07", "D-06"],
    evidence: &[E1, E2, E3, E5],
    needs: &[],
    title: "two concurrent copies have one effect",
    doc: "Holds back the last byte of two copies of an event, releases both together, and repeats with fresh keys until 60 overlaps are proved.\n\
          Why: a slow answer makes the sender retry while the first copy is still being worked on; check-then-set lets both through.\n\
          Fix: let the store decide in one step: a unique constraint, `INSERT … ON CONFLICT DO NOTHING`, or Redis `SET key NX`.",
    body: |trial| Box::pin(race(trial, 2, usize::MAX)),
};

const IDM_05: Case = Case {
    id: "IDM-05",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Alone,
    clauses: &["G-IDEM-07", "D-06"],
    evidence: &[E1, E2, E3, E5],
    needs: &[],
    title: "thirty-two concurrent copies have one effect",
    doc: "Releases 32 copies of an event together over 32 connections, 20 times with fresh keys, or for five seconds where answers are slow.\n\
          Why: many copies at once find windows that two copies rarely hit.\n\
          Fix: as for IDM-04; if the store times out under contention, answer 503 and take the retry.",
    body: |trial| Box::pin(race(trial, 32, 20)),
};

/// Releases `copies` of one event together, with fresh keys, until enough overlaps are proved and
/// at most `rounds` times.
async fn race(trial: &mut Trial, copies: usize, rounds: usize) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let began = Instant::now();
    let (mut trials, mut overlaps, mut widest) = (0, 0, Duration::ZERO);
    let has_fixed_rounds = rounds < usize::MAX;
    let is_enough = |trials: usize, overlaps: usize| match has_fixed_rounds {
        // Where answers are slow, all copies of a round are under way together.
        true => trials == rounds || (overlaps >= ENOUGH_OVERLAPS && began.elapsed() > LONG),
        false => overlaps >= ENOUGH_OVERLAPS,
    };
    while began.elapsed() < LONGEST && !is_enough(trials, overlaps) {
        let delivery = trial.mint_effective()?;
        let requests = (1..=copies)
            .map(|copy| {
                let mut request = delivery.request();
                request.label = format!("copy {copy} of {copies}");
                request
            })
            .collect();
        let released = trial.release(requests).await;
        trials += 1;
        overlaps += released.overlaps();
        widest = widest.max(released.spread);
        let mut reached = 0;
        for attempt in released
            .attempts
            .iter()
            .filter(|attempt| attempt.status() != Some(429))
        {
            // A refused copy is no lost event: the sender would retry it (G-IDEM-07).
            if attempt.status() != Some(503) {
                verdict.add(expect::taken(trial.scene(), &delivery, attempt));
                reached += 1;
            }
        }
        if reached == 0 {
            let retry = trial.deliver(&delivery).await?;
            verdict.add(expect::taken(trial.scene(), &delivery, &retry));
        }
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    verdict.add(expect::effects(
        &effects,
        Level::Must,
        &format!("{copies} concurrent copies have one effect"),
    ));
    // Thirty-two copies make up for what two could not show, so they have to show it.
    let least = if has_fixed_rounds {
        ENOUGH_OVERLAPS
    } else {
        LEAST_OVERLAPS
    };
    let races = Races {
        trials,
        overlaps,
        widest,
    };
    races.judge(&mut verdict, &effects, least);
    Ok(verdict)
}
