//! Receivers whose authentication is right at first sight: wrong only after a rotation, under load,
//! for the hundredth time, by the clock, or for another method.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Credential, Refusal, Rotation, TurnedAway},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "auth-reads-body-first",
        bug: "the whole body of a stranger is read, whatever its size, before they are refused",
        killed_by: &["AUT-17"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            refusal: Refusal::AfterBody,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-every-100th-passes",
        bug: "every hundredth bad credential is let in",
        killed_by: &["AUT-19"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::PassesEvery(100),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-fails-open-under-load",
        bug: "when more than eight ask the identity provider at once, everybody is let in",
        killed_by: &["AUT-19"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AsksElsewhere(8),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-throttles-everybody",
        bug: "after 100 refusals everybody is answered 429 with a wait of 15 minutes",
        killed_by: &["AUT-19"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            turned_away: TurnedAway::ThrottlesAllAfter(100),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "rotation-ignored",
        bug: "the secret of the start counts until a restart",
        killed_by: &["AUT-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            rotation: Rotation::Ignored,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "rotation-keeps-former",
        bug: "a replaced secret goes on counting",
        killed_by: &["AUT-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            rotation: Rotation::KeepsFormer,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "rotation-caches-accepted",
        bug: "a value that was let in once is not compared again, whatever replaces the secret",
        killed_by: &["AUT-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            rotation: Rotation::RemembersAccepted,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "rotation-spares-connections",
        bug: "a connection keeps to the secret that counted at its first request",
        killed_by: &["AUT-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            rotation: Rotation::PerConnection,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "leaky-compare-50us",
        bug: "the comparison ends with the first difference, and takes 50 µs for all of the value",
        killed_by: &["AUT-22"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            credential: Credential::LeaksTime(1_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-head-bypass",
        bug: "a HEAD without a credential is handled like a delivery",
        killed_by: &["AUT-24"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::PassesMethod("HEAD"),
            ..Behaviour::CORRECT
        },
    },
];
