//! The shared words of the harness: levels, outcomes, kinds of evidence, requirements.
//!
//! Everything imports this module; it imports nothing of ours.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a clause or a check weighs. Ordered: INFO < SHOULD < MUST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Measured and reported, never a failure.
    #[serde(rename = "INFO")]
    Info,
    /// Good practice with a stated reason; fails a run only under `--strict`.
    #[serde(rename = "SHOULD")]
    Should,
    /// Breaking it contradicts R1, R2 or R3, or stops the receiver from serving.
    #[serde(rename = "MUST")]
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "INFO",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}

/// What became of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every check of the case's level held, with the evidence the profile demands.
    Pass,
    /// A check of the case's level was refuted.
    Fail,
    /// It ran, but what was seen proves neither.
    Inconclusive,
    /// A root cause found earlier makes it meaningless; the message names that cause.
    Blocked,
    /// The profile says it does not apply.
    NotApplicable,
    /// Filtered out, opt-in, or withheld; the message says which.
    NotRun,
    /// The harness itself failed.
    Error,
}

impl Outcome {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Blocked => "blocked",
            Self::NotApplicable => "not-applicable",
            Self::NotRun => "not-run",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A kind of evidence. Kinds are collected as a set; none implies another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EvidenceKind {
    /// The HTTP answer.
    E1,
    /// The client's clock.
    E2,
    /// Effects seen through a probe, with their keys.
    E3,
    /// Process control: kills and restarts with their times.
    E4,
    /// Statistics: trials, overlaps, bounds.
    E5,
}

impl EvidenceKind {
    /// All kinds in order.
    pub const ALL: [Self; 5] = [Self::E1, Self::E2, Self::E3, Self::E4, Self::E5];

    /// What the kind means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::E1 => "HTTP answer",
            Self::E2 => "client clock",
            Self::E3 => "effects by key",
            Self::E4 => "process control",
            Self::E5 => "statistics",
        }
    }
}

impl std::str::FromStr for EvidenceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| format!("{kind:?}").eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is not a kind of evidence (E1 to E5)"))
    }
}

/// A set of evidence kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EvidenceSet(u8);

impl EvidenceSet {
    /// The set of these kinds.
    pub const fn of(kinds: &[EvidenceKind]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < kinds.len() {
            bits |= 1 << kinds[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// True when every kind of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Kinds in either set.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Kinds in both sets.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Kinds of this set that `other` lacks.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// True when no kind is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in order.
    pub fn kinds(self) -> Vec<EvidenceKind> {
        EvidenceKind::ALL
            .into_iter()
            .filter(|kind| self.0 & (1 << *kind as u8) != 0)
            .collect()
    }
}

impl fmt::Display for EvidenceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> = self
            .kinds()
            .iter()
            .map(|kind| format!("{kind:?}"))
            .collect();
        f.pad(&if kinds.is_empty() {
            "none".to_owned()
        } else {
            kinds.join("+")
        })
    }
}

impl Serialize for EvidenceSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kinds().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EvidenceSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<EvidenceKind>::deserialize(deserializer).map(|kinds| Self::of(&kinds))
    }
}

/// The requirements a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RequirementId {
    /// Answer 200 within five seconds.
    R1,
    /// One effect per idempotency key.
    R2,
    /// Only the holder of the bearer token gets in.
    R3,
    /// Keep serving whatever is sent.
    #[serde(rename = "RB")]
    Rb,
    /// The URL and its certificate are what the provider accepts.
    #[serde(rename = "URL")]
    Url,
}

impl RequirementId {
    /// All requirements in report order.
    pub const ALL: [Self; 5] = [Self::R1, Self::R2, Self::R3, Self::Rb, Self::Url];

    /// The id as printed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::Rb => "RB",
            Self::Url => "URL",
        }
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl std::str::FromStr for RequirementId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|id| id.word().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is not a requirement (R1, R2, R3, RB or URL)"))
    }
}

/// What became of one requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conformance {
    /// Every MUST case passed with the evidence the profile demands.
    Conformant,
    /// A MUST was refuted.
    NonConformant,
    /// Nothing refuted it, and something demanded was not seen.
    Unverified,
    /// The profile says it does not apply.
    NotApplicable,
}

impl Conformance {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NonConformant => "non-conformant",
            Self::Unverified => "unverified",
            Self::NotApplicable => "not-applicable",
        }
    }
}

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EvidenceKind::{E1, E2, E3};

    #[test]
    fn evidence_sets_compare_as_sets() {
        let seen = EvidenceSet::of(&[E1, E3]);
        assert!(seen.contains(EvidenceSet::of(&[E3])));
        assert!(!seen.contains(EvidenceSet::of(&[E1, E2])));
        assert_eq!(
            EvidenceSet::of(&[E1, E2]).minus(seen),
            EvidenceSet::of(&[E2])
        );
        assert_eq!(seen.to_string(), "E1+E3");
    }

    #[test]
    fn levels_are_ordered_by_weight() {
        assert!(Level::Info < Level::Should && Level::Should < Level::Must);
    }
}
