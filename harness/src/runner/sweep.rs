//! The last sweep: one more look at the effects of the whole run, so that an effect which came
//! after its case was judged reopens the verdict.

use std::time::Duration;

use super::stage::Ended;
use super::stillness::{LastLook, until_still};
use crate::case::{Effects, Schedule, expect};
use crate::ledger::{Account, Effect};
use crate::probe::{Patience, Probe, Reading, Scope};
use crate::scene::Scene;
use crate::terms::EvidenceKind::{E3, E4};
use crate::terms::EvidenceSet;
use crate::verdict::{Check, Judgement};

/// The shortest time without a new effect after which no more are expected: a worker may be busy
/// with one.
const SHORTEST_QUIET: Duration = Duration::from_secs(2);
/// How much longer than one case the run waits for effects.
const LONGER: u32 = 3;

/// What the sweep changed.
pub(super) struct Swept {
    /// Effects that had not been there when their case was judged.
    pub(super) effects: usize,
    /// Why there was no last look, when there was none although there is a probe.
    pub(super) problem: Option<String>,
    /// Cases with another verdict now.
    pub(super) reopened: Vec<&'static str>,
}

/// Reads all effects once more, waits for those that are missing while others still arrive, and
/// corrects the checks that no longer hold.
pub(super) async fn sweep(scene: &Scene, ended: &mut [&mut Ended]) -> Swept {
    let mut swept = Swept {
        effects: 0,
        problem: None,
        reopened: Vec::new(),
    };
    let (Some(probe), None) = (&scene.probe, scene.down_after()) else {
        return swept;
    };
    let scope = Scope {
        prefix: scene.prefix(),
        call_ids: ended
            .iter()
            .flat_map(|trial| trial.trace.ledger.call_ids())
            .collect(),
    };
    let usual = scene.observed.patience;
    let patience = Patience {
        longest: usual.longest * LONGER,
        quiet: usual.quiet.max(SHORTEST_QUIET),
    };
    let is_open = |all: &[Effect]| ended.iter().any(|trial| leaves_open(scene, trial, all));
    let mut look = match until_still(|| probe.read(&scope), patience, is_open).await {
        Ok(Some(look)) => look,
        Ok(None) => return swept,
        Err(error) => {
            swept.problem = Some(error.to_string());
            return swept;
        }
    };
    if look.is_still && is_open(&look.effects) {
        look.is_still = !is_busy_elsewhere(scene, probe, patience.quiet).await;
    }
    for trial in ended.iter_mut() {
        let now = own(scene, trial, &look.effects);
        swept.effects += late(trial, &now);
        if judge_again(trial, &now, &look) {
            swept.reopened.push(trial.case.id);
        }
    }
    swept
}

/// True while events that nobody accounts for still have their effects: they keep the receiver's
/// workers from those that are waited for.
async fn is_busy_elsewhere(scene: &Scene, probe: &Probe, quiet: Duration) -> bool {
    let scope = Scope {
        prefix: scene.background_prefix(),
        call_ids: Vec::new(),
    };
    let count = async || match probe.read(&scope).await {
        Ok(Reading::Records(effects)) => effects.len(),
        Ok(Reading::Count(_)) | Err(_) => 0,
    };
    let before = count().await;
    if before == 0 {
        return false;
    }
    tokio::time::sleep(quiet).await;
    count().await > before
}

/// The effects that a trial's own deliveries had.
fn own(scene: &Scene, trial: &Ended, all: &[Effect]) -> Vec<Effect> {
    let prefix = format!("{}{}-", scene.prefix(), trial.case.slug());
    let is_own = |effect: &&Effect| effect.call_id.starts_with(&prefix);
    all.iter().filter(is_own).cloned().collect()
}

/// Seen after a kill or not, effects are effects.
fn is_about_effects(check: &Check) -> bool {
    check.evidence.minus(EvidenceSet::of(&[E4])) == EvidenceSet::of(&[E3])
}

fn judged_by_effects(trial: &Ended) -> impl Iterator<Item = &Check> {
    let checks = trial.verdict.iter().flat_map(|verdict| &verdict.checks);
    checks.filter(|check| is_about_effects(check))
}

/// How many effects came after the trial was judged by what was there.
fn late(trial: &Ended, now: &[Effect]) -> usize {
    match judged_by_effects(trial).next() {
        Some(_) => now.len().saturating_sub(trial.trace.effects.len()),
        None => 0,
    }
}

/// True when waiting may change a verdict: it lacks effects, or some came since it was made.
fn leaves_open(scene: &Scene, trial: &Ended, all: &[Effect]) -> bool {
    let now = own(scene, trial, all);
    let is_unhappy = |check: &Check| {
        matches!(
            check.judgement,
            Judgement::Refuted { .. } | Judgement::Unclear(_)
        )
    };
    late(trial, &now) > 0
        || (judged_by_effects(trial).any(is_unhappy)
            && !trial.trace.ledger.account(&now).lost.is_empty())
}

/// Judges a trial by what is there now; true when that changes its verdict.
fn judge_again(trial: &mut Ended, now: &[Effect], look: &LastLook) -> bool {
    let has_more = late(trial, now) > 0;
    let before = trial.trace.ledger.account(&trial.trace.effects);
    let account = trial.trace.ledger.account(now);
    // What a later restart has brought back was lost all the same.
    let forgives = trial.case.schedule != Schedule::Process;
    let Ok(verdict) = &mut trial.verdict else {
        return false;
    };
    let mut is_changed = false;
    for check in verdict
        .checks
        .iter_mut()
        .filter(|check| is_about_effects(check))
    {
        is_changed |= match has_more {
            true => reopen(check, &before, &account, look.is_still, forgives),
            false => !look.is_still && leave_open(check, &before, &account),
        };
    }
    is_changed
}

/// Judges the check by what is there now; true when that changes it.
fn reopen(
    check: &mut Check,
    before: &Account,
    now: &Account,
    is_still: bool,
    forgives: bool,
) -> bool {
    let again = expect::effects(&Effects::Seen(now.clone()), check.level, &check.claim);
    match (&check.judgement, again.judgement) {
        (_, Judgement::Refuted { .. }) if !is_still && now.is_only_late() => {
            leave_open(check, before, now)
        }
        (Judgement::Held | Judgement::Unclear(_), Judgement::Refuted { expected, actual }) => {
            let actual = format!("{actual}; seen by the last sweep, after the case was judged");
            check.judgement = Judgement::Refuted { expected, actual };
            check.about = again.about;
            true
        }
        (Judgement::Refuted { .. }, Judgement::Held)
            if forgives && lacked_effects(check, before) =>
        {
            let why = "the effects were right only after --settle-max, in the last sweep";
            check.judgement = Judgement::Unclear(why.to_owned());
            true
        }
        _ => false,
    }
}

/// Takes back that effects are lost while others still arrive.
fn leave_open(check: &mut Check, before: &Account, now: &Account) -> bool {
    if !(now.is_only_late() && lacked_effects(check, before)) {
        return false;
    }
    let why = "effects were still arriving when the last sweep ended";
    check.judgement = Judgement::Unclear(why.to_owned());
    true
}

/// True when missing effects, and nothing else about them, refuted the claim.
fn lacked_effects(check: &Check, before: &Account) -> bool {
    let was_theirs = |actual: &String| *actual == before.describe();
    before.is_only_late()
        && matches!(&check.judgement, Judgement::Refuted { actual, .. } if was_theirs(actual))
}
