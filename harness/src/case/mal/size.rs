//! Depth and size: what costs the receiver more than it costs the sender.

use std::sync::Arc;

use hamsa_fixtures::malformed;

use super::shape::still_serves;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Request;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[MAL_10, MAL_13];

const MAL_10: Case = Case {
    id: "MAL-10",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-10"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "deep nesting leaves the receiver serving",
    doc: "Sends arrays nested 100, 1,000 and 100,000 deep, alone and inside an event.\n\
          Why: a recursive parser overflows its stack, and the process with all its requests is gone.\n\
          Fix: use a parser with a depth limit; answer 400.",
    body: |trial| Box::pin(mal_10(trial)),
};

async fn mal_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for depth in [100, 1_000, 100_000] {
        let bad = malformed::nested_arrays(depth);
        let attempt = trial
            .send(Request::post(bad.name, Arc::from(bad.bytes)))
            .await?;
        verdict.add(expect::turned_down(&attempt));
        // Inside an event the nesting is legal JSON: taking it and turning it down are both fine.
        let delivery = trial.mint_effective()?;
        let deep = malformed::nested_objects(&delivery.key, depth);
        let attempt = trial
            .send(Request::post(deep.name, Arc::from(deep.bytes)))
            .await?;
        verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    still_serves(trial, &mut verdict, "deeply nested bodies").await?;
    Ok(verdict)
}

const MAL_13: Case = Case {
    id: "MAL-13",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-10", "D-04"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "very large bodies leave the receiver serving",
    doc: "Sends valid events of 10 MiB and 64 MiB; 413 and 200 are both fine.\n\
          Why: a body without a limit is memory without a limit.\n\
          Fix: set a limit of a few MiB, answer 413, and close without reading the rest.",
    body: |trial| Box::pin(mal_13(trial)),
};

async fn mal_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for mebibytes in [10, 64] {
        let delivery = trial.mint_effective()?;
        let body = malformed::oversized(&delivery.key, mebibytes << 20);
        let request = Request::post(format!("an event of {mebibytes} MiB"), Arc::from(body));
        let attempt = trial.send(request).await?;
        verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    still_serves(trial, &mut verdict, "very large bodies").await?;
    Ok(verdict)
}
