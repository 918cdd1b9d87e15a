//! Copies on streams of one HTTP/2 connection.

use std::time::Duration;

use super::races::{ENOUGH_OVERLAPS, Races};
use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::{E1, E2, E3, E5};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_06];

/// Copies of one event.
const COPIES: usize = 16;
/// Releases, each with a fresh key.
const RELEASES: usize = 8;

const IDM_06: Case = Case {
    id: "IDM-06",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-IDEM-07", "D-06"],
    evidence: &[E1, E2, E3, E5],
    needs: &[],
    title: "sixteen copies on one HTTP/2 connection have one effect",
    doc: "Releases the last bytes of 16 copies of an event together, on streams of one HTTP/2 connection, 8 times with fresh keys; not applicable where HTTP/2 is not offered.\n\
          Why: a lock per connection, or a connection per thread, serialises HTTP/1.1 and protects nothing here.\n\
          Fix: as for IDM-04: let the store decide in one step.",
    body: |trial| Box::pin(idm_06(trial)),
};

async fn idm_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut connection = trial.open_http2().await?;
    let copies = COPIES.min(connection.most_streams());
    let (mut overlaps, mut widest) = (0, Duration::ZERO);
    for _ in 0..RELEASES {
        let delivery = trial.mint_effective()?;
        let requests = (1..=copies)
            .map(|copy| {
                let mut request = delivery.request();
                request.label = format!("copy {copy} of {copies} on one HTTP/2 connection");
                request
            })
            .collect();
        let released = trial.release_on(&mut connection, requests).await;
        overlaps += released.overlaps();
        widest = widest.max(released.spread);
        let mut reached = 0;
        // A refused copy is no lost event: the sender would deliver it again.
        for attempt in released
            .attempts
            .iter()
            .filter(|attempt| !matches!(attempt.status(), None | Some(429 | 503)))
        {
            verdict.add(expect::taken(trial.scene(), &delivery, attempt));
            reached += 1;
        }
        if reached == 0 {
            let retry = trial.deliver(&delivery).await?;
            verdict.add(expect::taken(trial.scene(), &delivery, &retry));
        }
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = format!("{copies} copies on one HTTP/2 connection have one effect");
    verdict.add(expect::effects(&effects, Level::Must, &claim));
    let races = Races {
        trials: RELEASES,
        overlaps,
        widest,
    };
    races.judge(&mut verdict, &effects, ENOUGH_OVERLAPS);
    Ok(verdict)
}
