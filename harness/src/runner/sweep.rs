//! The last sweep: one more look at the effects of the whole run, so that an effect which came
//! after its case was judged reopens the verdict.

use super::stage::Ended;
use crate::case::{Effects, Schedule, expect};
use crate::probe::{Reading, Scope};
use crate::scene::Scene;
use crate::terms::EvidenceKind::{E3, E4};
use crate::terms::EvidenceSet;
use crate::verdict::{Check, Judgement};

/// What the sweep changed.
pub(super) struct Swept {
    /// Effects that had not been there when their case was judged.
    pub(super) effects: usize,
    /// Why there was no last look, when there was none although there is a probe.
    pub(super) problem: Option<String>,
    /// Cases with another verdict now.
    pub(super) reopened: Vec<&'static str>,
}

/// Reads all effects once more and corrects the checks that no longer hold.
pub(super) async fn sweep(scene: &Scene, ended: &mut [&mut Ended]) -> Swept {
    let mut swept = Swept {
        effects: 0,
        problem: None,
        reopened: Vec::new(),
    };
    let (Some(probe), None) = (&scene.probe, scene.down_after()) else {
        return swept;
    };
    let call_ids = ended
        .iter()
        .flat_map(|trial| trial.trace.ledger.call_ids())
        .collect();
    let scope = Scope {
        prefix: scene.prefix(),
        call_ids,
    };
    let all = match probe.read(&scope).await {
        Ok(Reading::Records(all)) => all,
        Ok(Reading::Count(_)) => return swept,
        Err(error) => {
            swept.problem = Some(error.to_string());
            return swept;
        }
    };
    for trial in ended.iter_mut() {
        let prefix = format!("{}{}-", scene.prefix(), trial.case.slug());
        let now: Vec<_> = all
            .iter()
            .filter(|effect| effect.call_id.starts_with(&prefix))
            .cloned()
            .collect();
        let Ok(verdict) = &mut trial.verdict else {
            continue;
        };
        // Seen after a kill or not, effects are effects.
        let is_about_effects = |check: &&mut Check| {
            check.evidence.minus(EvidenceSet::of(&[E4])) == EvidenceSet::of(&[E3])
        };
        let mut checks = verdict
            .checks
            .iter_mut()
            .filter(is_about_effects)
            .peekable();
        if checks.peek().is_none() || now.len() <= trial.trace.effects.len() {
            continue;
        }
        swept.effects += now.len() - trial.trace.effects.len();
        let account = trial.trace.ledger.account(&now);
        let mut is_changed = false;
        for check in checks {
            // What a later restart has brought back was lost all the same.
            let forgives = trial.case.schedule != Schedule::Process;
            is_changed |= reopen(check, &Effects::Seen(account.clone()), forgives);
        }
        if is_changed {
            swept.reopened.push(trial.case.id);
        }
    }
    swept
}

/// Judges the check by what is there now; true when that changes it.
fn reopen(check: &mut Check, now: &Effects, forgives: bool) -> bool {
    let again = expect::effects(now, check.level, &check.claim);
    match (&check.judgement, again.judgement) {
        (Judgement::Held | Judgement::Unclear(_), Judgement::Refuted { expected, actual }) => {
            let actual = format!("{actual}; seen by the last sweep, after the case was judged");
            check.judgement = Judgement::Refuted { expected, actual };
            check.about = again.about;
            true
        }
        (Judgement::Refuted { .. }, Judgement::Held) if forgives => {
            let why = "the effects were right only after --settle-max, in the last sweep";
            check.judgement = Judgement::Unclear(why.to_owned());
            true
        }
        _ => false,
    }
}
