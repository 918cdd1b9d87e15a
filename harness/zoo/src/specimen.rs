//! What a mutant and a control are, and how one is found by its name.

use std::fmt;

use crate::{behaviour::Behaviour, controls, mutants};

/// A receiver with one known bug.
#[derive(Debug)]
pub struct Mutant {
    /// Unique name in kebab-case, as in `zoo:NAME`.
    pub name: &'static str,
    /// The bug in one sentence.
    pub bug: &'static str,
    /// The cases that must each reveal it.
    pub killed_by: &'static [&'static str],
    /// How the revelation shows.
    pub expect: Expect,
    pub(crate) behaviour: Behaviour,
}

/// How a run is expected to end on a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The named cases fail at level MUST: exit 1.
    Failure,
    /// The named cases report a SHOULD finding, which fails under `--strict` only.
    Finding,
    /// Preflight reports one root cause under the named case and blocks the rest: exit 1.
    RootCause,
    /// No verdict is possible, so no case is named: exit 4.
    NoVerdict,
}

/// A correct receiver that differs from the usual one in ways that are allowed.
#[derive(Debug)]
pub struct Control {
    /// Unique name in kebab-case, as in `zoo:NAME`.
    pub name: &'static str,
    /// What it does differently, in one sentence.
    pub differs: &'static str,
    /// The cases whose SHOULD finding is part of the difference.
    pub declared: &'static [&'static str],
    /// The cases that the difference may leave without a verdict, so that the run ends with exit 3; `*`
    /// stands for any.
    pub unverified: &'static [&'static str],
    pub(crate) behaviour: Behaviour,
}

/// One inhabitant of the zoo.
#[derive(Clone, Copy, Debug)]
pub enum Specimen {
    /// A receiver with one known bug.
    Mutant(&'static Mutant),
    /// A correct receiver.
    Control(&'static Control),
}

impl Specimen {
    /// The unique name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mutant(mutant) => mutant.name,
            Self::Control(control) => control.name,
        }
    }

    /// The bug of a mutant, or the difference of a control.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Mutant(mutant) => mutant.bug,
            Self::Control(control) => control.differs,
        }
    }

    pub(crate) fn behaviour(self) -> &'static Behaviour {
        match self {
            Self::Mutant(mutant) => &mutant.behaviour,
            Self::Control(control) => &control.behaviour,
        }
    }
}

impl fmt::Display for Specimen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.describe())
    }
}

/// The specimen of that name.
pub fn specimen(name: &str) -> Option<Specimen> {
    mutants::by_name(name)
        .map(Specimen::Mutant)
        .or_else(|| controls::by_name(name).map(Specimen::Control))
}
