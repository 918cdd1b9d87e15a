//! What is judged: mutants, controls and the reference receiver, as plain data.

use hamsa_zoo::{Expect, controls, mutants};

use crate::case::registry;

/// A receiver that the harness is tried on.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name: that of a mutant or control, or `reference`.
    pub name: String,
    /// The bug of a mutant, or how a control differs.
    pub about: String,
    /// What the harness has to say about it.
    pub role: Role,
}

/// What the harness has to say about a subject.
#[derive(Debug, Clone)]
pub enum Role {
    /// It has a bug, and these cases must each find it.
    Mutant {
        /// The cases that name it as theirs.
        killed_by: Vec<String>,
        /// How that shows.
        expect: Expect,
    },
    /// It is correct; only these cases may have a SHOULD finding.
    Control {
        /// The cases whose finding is part of its difference.
        declared: Vec<String>,
        /// The cases that the difference may leave without a verdict.
        unverified: Vec<String>,
    },
}

impl Subject {
    /// What `run` is called with.
    pub fn target(&self) -> String {
        if self.name == REFERENCE {
            self.name.clone()
        } else {
            format!("zoo:{}", self.name)
        }
    }

    /// True for mutants.
    pub fn is_mutant(&self) -> bool {
        matches!(self.role, Role::Mutant { .. })
    }
}

/// The name of the reference receiver as a target.
const REFERENCE: &str = "reference";

/// Everything to try the harness on, mutants first, the reference receiver last. With patterns
/// (names with `*` and `?`) only what matches one.
pub fn subjects(only: &[String]) -> Vec<Subject> {
    let mutants = mutants::all().map(|mutant| Subject {
        name: mutant.name.to_owned(),
        about: mutant.bug.to_owned(),
        role: Role::Mutant {
            killed_by: owned(mutant.killed_by),
            expect: mutant.expect,
        },
    });
    let controls = controls::all().map(|control| Subject {
        name: control.name.to_owned(),
        about: control.differs.to_owned(),
        role: Role::Control {
            declared: owned(control.declared),
            unverified: owned(control.unverified),
        },
    });
    let reference = Subject {
        name: REFERENCE.to_owned(),
        about: "the reference receiver, with its SQLite store".to_owned(),
        role: Role::Control {
            declared: Vec::new(),
            unverified: Vec::new(),
        },
    };
    mutants
        .chain(controls)
        .chain([reference])
        .filter(|subject| is_selected(only, &subject.name))
        .collect()
}

fn is_selected(only: &[String], name: &str) -> bool {
    only.is_empty()
        || only
            .iter()
            .any(|pattern| registry::glob(pattern.as_bytes(), name.as_bytes()))
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}
