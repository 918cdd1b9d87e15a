//! Random changes to valid events.

use std::time::{Duration, Instant};

use hamsa_fixtures::Mutation;
use hamsa_schemas::IdempotencyKey;
use serde_json::Value;

use super::identity::no_server_error;
use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::kept::Kept;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[MAL_25];

/// Mutations in all, in a run that has minutes, and between two controls.
const MUTATIONS: usize = 300;
const THOROUGH: usize = 2000;
/// However few were sent by then, in a run that has not.
const LONGEST: Duration = Duration::from_secs(6);
const BATCH: usize = 50;
/// Requests spent on making one finding smaller.
const SHRINKING: usize = 12;

const MAL_25: Case = Case {
    id: "MAL-25",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-10"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "random changes to events leave the receiver serving",
    doc: "Sends 300 events of all types (2,000 with `--set all`; fewer where 300 take over 6 seconds) each with one member of another type as long as there is one left, then with one to three random changes, decided by the seed, and a valid event after every 50; the first that is answered with an error is made smaller.\n\
          Why: nobody thinks of every wrong body; whoever sends them is not asked.\n\
          Fix: the finding's body shows the change that matters; answer 400 to it.",
    body: |trial| Box::pin(mal_25(trial)),
};

async fn mal_25(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut kept = Kept::default();
    let mut first_fault = None;
    let (began, mut sent) = (Instant::now(), 0);
    let types = trial.event_types();
    let (count, longest) = match trial.scene().is_thorough {
        true => (THOROUGH, Duration::MAX),
        false => (MUTATIONS, LONGEST),
    };
    for number in 1..=count {
        let Some(event_type) = types.get(number % types.len().max(1)) else {
            break;
        };
        let example = trial.mint_event(event_type)?.value()?;
        // Chance alone would leave out a member now and then, so each is mistyped once first.
        let mutation = Mutation::mistyped(&example, (number - 1) / types.len())
            .unwrap_or_else(|| Mutation::random(&example, trial.rng()));
        let attempt = send(trial, &mut kept, event_type, &mutation).await?;
        if no_server_error(&attempt).is_refuted() && first_fault.is_none() {
            let smallest = shrink(trial, &mut kept, event_type, (mutation, attempt)).await?;
            verdict.add(no_server_error(&smallest.1));
            first_fault = Some(smallest);
        }
        sent = number;
        let is_over = number == count || began.elapsed() > longest;
        if is_over || number % BATCH == 0 {
            let check = trial.control(&format!("{number} random changes")).await?;
            let is_refuted = check.is_refuted();
            verdict.add(check);
            if is_refuted || is_over {
                break;
            }
        }
    }
    verdict.note(match first_fault {
        None => format!("no error in {sent} changed events"),
        Some((mutation, _)) => format!("the smallest change: {}", mutation.describe()),
    });
    let effects = trial.settle().await;
    let claim = "events without a sound key have no effect, and others at most one";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

/// Sends a fresh event with these changes.
async fn send(
    trial: &mut Trial,
    kept: &mut Kept,
    event_type: &str,
    mutation: &Mutation,
) -> Result<Attempt, Stop> {
    let delivery = trial.mint_event(event_type)?;
    let mut mutated = mutation.apply(&delivery.value()?);
    // Under our own prefix, whatever the change: the effects of others are not ours to look at.
    if let Some(Value::String(call_id)) = mutated.get_mut("callId")
        && !call_id.is_empty()
        && *call_id != delivery.key.call_id
    {
        call_id.insert_str(0, &delivery.key.call_id);
    }
    let key = IdempotencyKey::of(&mutated).ok();
    let changed = delivery.with_body(mutated.to_string().into_bytes());
    let mut request = changed.request();
    request.label = format!("a {event_type} with {}", mutation.describe());
    let attempt = kept.send(trial, request).await?;
    // A change may have made another sound key of it.
    trial.expect(&delivery, Expected::Never);
    if let Some(key) = key {
        let mut own = delivery;
        own.key = key;
        trial.expect(&own, Expected::AtMostOnce);
    }
    Ok(attempt)
}

/// Leaves out steps as long as the error stays.
async fn shrink(
    trial: &mut Trial,
    kept: &mut Kept,
    event_type: &str,
    mut smallest: (Mutation, Attempt),
) -> Result<(Mutation, Attempt), Stop> {
    let mut left = SHRINKING;
    loop {
        let mut shorter = None;
        for candidate in smallest.0.shorter() {
            if left == 0 {
                return Ok(smallest);
            }
            left -= 1;
            let attempt = send(trial, kept, event_type, &candidate).await?;
            if no_server_error(&attempt).is_refuted() {
                shorter = Some((candidate, attempt));
                break;
            }
        }
        match shorter {
            Some(found) => smallest = found,
            None => return Ok(smallest),
        }
    }
}
