//! Which runs there are.

use super::subject::{Role, Subject};
use crate::case::{CaseSet, registry};

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Every mutant and control against the whole default set, too.
    pub full: bool,
    /// How often each mutant meets its named cases, and each control its set.
    pub repeat: u32,
}

/// Which cases a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// Those that name the mutant.
    Named,
    /// The core set.
    Core,
    /// The default set.
    Whole,
}

/// A run to be made.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Index of the subject.
    pub subject: usize,
    /// Its cases.
    pub pass: Pass,
    /// The seed of its stimuli.
    pub seed: u64,
}

/// The first seed; every repeat has the next one, so that no kill hangs on one choice of stimuli.
const FIRST_SEED: u64 = 7;

/// All runs over these subjects. A mutant meets the whole set once (that makes the matrix
/// complete) and its named cases at every repeat (that makes the kills certain).
pub fn planned(subjects: &[Subject], scope: Scope) -> Vec<PlannedRun> {
    let mut runs = Vec::new();
    for repeat in 0..scope.repeat {
        for (index, subject) in subjects.iter().enumerate() {
            let mut add = |pass| {
                runs.push(PlannedRun {
                    subject: index,
                    pass,
                    seed: FIRST_SEED + u64::from(repeat),
                });
            };
            match &subject.role {
                Role::Mutant { .. } => {
                    if scope.full && repeat == 0 {
                        add(Pass::Whole);
                    }
                    if has_killer(subject) {
                        add(Pass::Named);
                    }
                }
                Role::Control { .. } if scope.full => add(Pass::Whole),
                Role::Control { .. } => add(Pass::Core),
            }
        }
    }
    // What takes minutes comes first, so that nobody waits for it alone at the end.
    runs.sort_by_key(|run| !takes_minutes(&subjects[run.subject]));
    runs
}

fn takes_minutes(subject: &Subject) -> bool {
    let Role::Mutant { killed_by, .. } = &subject.role else {
        return false;
    };
    killed_by
        .iter()
        .filter_map(|id| registry::by_id(id))
        .any(|case| case.set == CaseSet::All)
}

/// True unless only cases that do not exist name the mutant: nothing is left to run then.
fn has_killer(subject: &Subject) -> bool {
    let Role::Mutant { killed_by, .. } = &subject.role else {
        return false;
    };
    killed_by.is_empty() || killed_by.iter().any(|id| registry::by_id(id).is_some())
}

impl PlannedRun {
    /// The arguments of `hamsa-harness run`.
    pub fn args(&self, subject: &Subject) -> Vec<String> {
        let mut args = vec![subject.target(), "--seed".to_owned(), self.seed.to_string()];
        match (&subject.role, self.pass) {
            (Role::Mutant { killed_by, .. }, pass) => {
                // Lost effects are waited for; 4 s are long enough for every mutant.
                args.extend(["--settle-max", "4s"].map(str::to_owned));
                let named = killed_by
                    .iter()
                    .filter(|id| pass == Pass::Named && registry::by_id(id).is_some());
                for id in named {
                    args.extend(["--only".to_owned(), id.clone()]);
                }
            }
            (Role::Control { .. }, Pass::Core) => {
                args.extend(["--set", "core"].map(str::to_owned));
            }
            (Role::Control { .. }, _) => {}
        }
        args
    }
}
