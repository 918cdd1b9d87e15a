//! The settings that decide verdicts, after options, environment and file have been put together.

use std::collections::BTreeMap;
use std::time::Duration;

use super::selection::Selection;
use crate::case::Case;
use crate::requirement::requirement;
use crate::terms::{EvidenceSet, Level, RequirementId};

/// Who can reach the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Loopback or a private network: the rules about public URLs do not apply.
    Local,
    /// The internet.
    Public,
}

/// How the receiver authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// By the bearer value.
    Bearer,
    /// Not at all, declared by name.
    Off,
}

/// The evidence that a requirement demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demanded {
    /// The kinds.
    pub kinds: EvidenceSet,
    /// True when the user accepts less than the default.
    pub lowered: bool,
}

/// How a receiver is judged.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Who can reach it.
    pub exposure: Exposure,
    /// How it authenticates.
    pub auth: Auth,
    /// Which cases.
    pub selection: Selection,
    /// Whether SHOULD findings fail the run.
    pub strict: bool,
    /// The deadline of R1.
    pub deadline: Duration,
    /// The latency that the user wants to stay under.
    pub budget: Duration,
    /// How long to wait for effects at most.
    pub settle_max: Duration,
    /// Cases whose stimuli go out at the same time.
    pub jobs: usize,
    /// Decides the stimuli.
    pub seed: u64,
    /// True when the user vouches for a public target.
    pub owns_target: bool,
    /// Event types that leave effects, when the user declares them.
    pub effect_types: Option<Vec<String>>,
    /// True when the receiver is declared to keep what it acknowledged over the end of its process.
    pub durable: bool,
    /// Stop after the first case that fails.
    pub fail_fast: bool,
    /// Evidence that the user accepts in place of the default.
    pub accepted: BTreeMap<RequirementId, EvidenceSet>,
}

impl Profile {
    /// What a case weighs for this receiver.
    pub fn level_of(&self, case: &Case) -> Level {
        case.level_when(self.durable)
    }

    /// The evidence that this requirement demands.
    pub fn demanded(&self, id: RequirementId) -> Demanded {
        let usual = requirement(id).demanded;
        match self.accepted.get(&id) {
            Some(kinds) => Demanded {
                kinds: *kinds,
                lowered: !kinds.contains(usual),
            },
            None => Demanded {
                kinds: usual,
                lowered: false,
            },
        }
    }
}
