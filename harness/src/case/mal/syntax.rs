//! Bodies that are almost JSON, or JSON in another encoding.

use hamsa_fixtures::{Malformed, malformed};

use super::shape::{report_other, send_bad, still_serves};
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[MAL_08, MAL_12];

const MAL_08: Case = Case {
    id: "MAL-08",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "bodies that are not UTF-8 have no effect",
    doc: "Sends events with invalid UTF-8, in UTF-16, with a lone surrogate, and the like.\n\
          Why: replacing what cannot be decoded changes names, amounts and ids without a trace.\n\
          Fix: decode strictly and answer 400.",

    body: |trial| Box::pin(mal_08(trial)),
};

async fn mal_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = send_each(trial, malformed::encodings).await?;
    verdict.add(trial.control("bodies that are not UTF-8").await?);
    let effects = trial.settle().await;
    // Decoders that replace what they cannot read are common, and the key is left intact.
    let claim = "bodies that are not UTF-8 have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Should, claim));
    Ok(verdict)
}

const MAL_12: Case = Case {
    id: "MAL-12",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "bodies that are almost JSON have no effect",
    doc: "Sends events with a trailing comma, comments, single quotes, garbage after the end, and two in one body.\n\
          Why: two parsers that disagree about such a body see two different events.\n\
          Fix: parse strictly to the end of the body and answer 400.",
    body: |trial| Box::pin(mal_12(trial)),
};

async fn mal_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = send_each(trial, malformed::not_quite_json).await?;
    still_serves(trial, &mut verdict, "bodies that are almost JSON").await?;
    Ok(verdict)
}

/// Sends every variant of a fresh event. What RFC 8259 allows a parser to take may be taken:
/// legal JSON, a byte order mark (section 8.1), and UTF-16, which earlier editions had.
async fn send_each(
    trial: &mut Trial,
    variants: fn(&[u8]) -> Vec<Malformed>,
) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let example = trial.mint_effective()?;
    for index in 0..variants(&example.body).len() {
        let delivery = trial.mint_effective()?;
        let odd = variants(&delivery.body).swap_remove(index);
        if odd.is_json || ["byte-order-mark", "utf-16"].contains(&&*odd.name) {
            report_other(trial, &mut verdict, &delivery, odd).await?;
        } else {
            send_bad(trial, &mut verdict, &delivery, odd).await?;
        }
    }
    Ok(verdict)
}
