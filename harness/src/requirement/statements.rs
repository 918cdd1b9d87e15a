//! The requirements: what each says, and the evidence that proves it by default.

use crate::terms::{
    EvidenceKind::{E1, E2, E3},
    EvidenceSet, RequirementId,
};

/// One requirement with the sentence it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// Its id.
    pub id: RequirementId,
    /// The sentence.
    pub statement: &'static str,
    /// Evidence a profile demands unless it says otherwise.
    pub demanded: EvidenceSet,
}

/// The requirement of that id.
pub const fn requirement(id: RequirementId) -> Requirement {
    let (statement, demanded) = match id {
        RequirementId::R1 => (
            "Every valid event is answered 200 within five seconds.",
            EvidenceSet::of(&[E1, E2]),
        ),
        RequirementId::R2 => (
            "An event takes effect once per callId + eventType + timestamp, however often it is delivered.",
            EvidenceSet::of(&[E1, E3]),
        ),
        RequirementId::R3 => (
            "Only the holder of the bearer token gets in.",
            EvidenceSet::of(&[E1]),
        ),
        RequirementId::Rb => (
            "Whatever arrives, the receiver keeps serving and takes no effect from what is not an event.",
            EvidenceSet::of(&[E1]),
        ),
        RequirementId::Url => (
            "The URL and its certificate are ones the provider delivers to.",
            EvidenceSet::of(&[E1]),
        ),
    };
    Requirement {
        id,
        statement,
        demanded,
    }
}
