//! What the time of a refusal tells.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Credential, Request};
use crate::stats::Shift;
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[AUT_22];

/// Pairs when there is time, and the time for them.
const PAIRS: usize = 20_000;
const LONGEST_THOROUGH: Duration = Duration::from_secs(60);
/// The time when there is little.
const LONGEST: Duration = Duration::from_secs(2);

const AUT_22: Case = Case {
    id: "AUT-22",
    requirements: &[R3],
    level: Level::Info,
    set: CaseSet::Default,
    // After everything that a lock-out for so many refusals would spoil.
    schedule: Schedule::Hostile,
    clauses: &["D-02"],
    evidence: &[E1],
    needs: &[Need::Secret, Need::Refusal, Need::Ownership],
    title: "how long a refusal takes tells nothing about the token: reported",
    doc: "Times refusals of tokens that are wrong in the first character against such that are wrong in the last, in pairs and random order on a kept connection, for two seconds, or 20,000 pairs with `--set all`. Local targets only.\n\
          Why: a comparison that ends with the first difference tells a patient stranger how many characters were right.\n\
          Fix: compare in constant time (`timingSafeEqual`, `hmac.compare_digest`, `subtle`).",
    body: |trial| Box::pin(aut_22(trial)),
};

async fn aut_22(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let Some(secret) = trial.scene().connector.secret.clone() else {
        return Ok(verdict);
    };
    if !trial.scene().is_local {
        let why = "over a network, differences this small are lost: local targets only";
        return Err(Stop::NotApplicable(why.to_owned()));
    }
    let value = secret.expose().as_bytes();
    let first = value.len() - secret.token().len();
    let pair = [
        refused(trial, value, first, "the first")?,
        refused(trial, value, value.len() - 1, "the last")?,
    ];
    // One of each as evidence; the others only leave their times.
    for request in &pair {
        trial.send(request.clone()).await?;
    }
    let (most, longest) = match trial.scene().is_thorough {
        true => (PAIRS, LONGEST_THOROUGH),
        false => (usize::MAX, LONGEST),
    };
    let differences = trial.pairs(pair, most, longest).await?;
    let count = differences.len();
    verdict.figure("pairs", count as f64, "");
    let claim = "a token wrong in its first and one wrong in its last character take equally long";
    let Some(shift) = Shift::of(differences) else {
        let why = format!("{count} pairs were refused with 401 or 403; ten are the least");
        verdict.add(Check::unclear(Level::Info, claim, &[E1], why));
        return Ok(verdict);
    };
    let smallest = shift.detectable();
    verdict.figure("difference", shift.median, "us");
    verdict.figure("differenceLow", shift.low, "us");
    verdict.figure("differenceHigh", shift.high, "us");
    verdict.figure("smallestVisible", smallest, "us");
    let seen = format!(
        "{:+.2} µs for the last, 95 % interval {:+.2} to {:+.2} µs, in {count} pairs",
        shift.median, shift.low, shift.high
    );
    // Beyond chance twice over: the interval alone would cry wolf in one run of twenty.
    let differs = shift.is_clear() && shift.median.abs() >= smallest;
    if !differs {
        verdict.note(format!(
            "no difference of {smallest:.2} µs or more was found ({seen})"
        ));
    }
    let refuted = differs.then(|| ("no difference".to_owned(), seen));
    verdict.add(Check::judged(Level::Info, claim, &[E1], refuted));
    Ok(verdict)
}

/// An event whose token has another character in this place.
fn refused(trial: &mut Trial, value: &[u8], place: usize, which: &str) -> Result<Request, Stop> {
    let delivery = trial.mint_effective()?;
    trial.expect(&delivery, Expected::Never);
    let mut value = value.to_vec();
    value[place] = if value[place] == b'x' { b'y' } else { b'x' };
    let mut request = delivery.request().with_credential(Credential::Given {
        expression: format!("$WEBHOOK_SECRET with another character in {which} place"),
        value,
    });
    request.label = format!("an event with a token wrong in {which} character");
    Ok(request)
}
