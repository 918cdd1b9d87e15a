//! Verdicts: judgements with the evidence they rest on.

use hamsa_schemas::IdempotencyKey;

use crate::terms::{EvidenceKind, EvidenceSet, Level, RequirementId};

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// What was claimed was seen.
    Held,
    /// The opposite was seen.
    Refuted {
        /// What should have been.
        expected: String,
        /// What was.
        actual: String,
    },
    /// There was no way to see it; the text says what would show it.
    Unseen(String),
    /// It was looked at, and what was seen proves neither.
    Unclear(String),
}

/// One judged claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its own weight; a case may hold checks that weigh less than itself.
    pub level: Level,
    /// The requirement it is about, when that is another than its case's: a case about answers
    /// also sees effects.
    pub requirement: Option<RequirementId>,
    /// What is claimed, in words.
    pub claim: String,
    /// What was found.
    pub judgement: Judgement,
    /// The kinds of evidence that a judgement of this claim rests on.
    pub evidence: EvidenceSet,
    /// The attempt of the trial that shows it.
    pub attempt: Option<usize>,
    /// The idempotency key whose effects show it.
    pub about: Option<IdempotencyKey>,
}

impl Check {
    /// A claim judged by what was expected and what was seen.
    pub fn judged(
        level: Level,
        claim: impl Into<String>,
        evidence: &[EvidenceKind],
        refuted: Option<(String, String)>,
    ) -> Self {
        Self {
            level,
            requirement: None,
            claim: claim.into(),
            judgement: match refuted {
                None => Judgement::Held,
                Some((expected, actual)) => Judgement::Refuted { expected, actual },
            },
            evidence: EvidenceSet::of(evidence),
            attempt: None,
            about: None,
        }
    }

    /// A claim that could not be looked at.
    pub fn unseen(
        level: Level,
        claim: impl Into<String>,
        evidence: &[EvidenceKind],
        what_would_show_it: impl Into<String>,
    ) -> Self {
        Self {
            level,
            requirement: None,
            claim: claim.into(),
            judgement: Judgement::Unseen(what_would_show_it.into()),
            evidence: EvidenceSet::of(evidence),
            attempt: None,
            about: None,
        }
    }

    /// A claim that was looked at without a result.
    pub fn unclear(
        level: Level,
        claim: impl Into<String>,
        evidence: &[EvidenceKind],
        why: impl Into<String>,
    ) -> Self {
        Self {
            level,
            requirement: None,
            claim: claim.into(),
            judgement: Judgement::Unclear(why.into()),
            evidence: EvidenceSet::of(evidence),
            attempt: None,
            about: None,
        }
    }

    /// The check, pointing at the attempt that shows it.
    #[must_use]
    pub fn shown_by(mut self, attempt: usize) -> Self {
        self.attempt = Some(attempt);
        self
    }

    /// The check, filed under another requirement than its case's.
    #[must_use]
    pub fn filed_under(mut self, requirement: RequirementId) -> Self {
        self.requirement = Some(requirement);
        self
    }

    /// True when the opposite of the claim was seen.
    pub fn is_refuted(&self) -> bool {
        matches!(self.judgement, Judgement::Refuted { .. })
    }
}

/// Something that a trial measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// What, in camel case, as reports have it.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what: `ms`, `1/s`, `share`, or nothing for a count.
    pub unit: &'static str,
}

/// Everything a trial has to say.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// The judged claims, in the order they were made.
    pub checks: Vec<Check>,
    /// Observations that are neither good nor bad.
    pub notes: Vec<String>,
    /// What was measured, for those who draw or compare it.
    pub figures: Vec<Figure>,
}

impl Verdict {
    /// A verdict without any claim yet; one that stays so proves nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a check.
    pub fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Adds several checks.
    pub fn add_all(&mut self, checks: impl IntoIterator<Item = Check>) {
        self.checks.extend(checks);
    }

    /// Adds a measured value.
    pub fn figure(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.figures.push(Figure { name, value, unit });
    }

    /// Adds an observation.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}
