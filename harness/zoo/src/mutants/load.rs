//! Receivers whose fault needs a stream of a certain kind: repeats, strangers, an overload, minutes.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Capacity, Claim, Duplicate, EffectRule, Pace},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "dedup-last-64",
        bug: "the keys of the last 64 events are remembered",
        killed_by: &["LOD-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::Last(64),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "repeats-hold-lock",
        bug: "a repeat holds the lock that every event needs for 60 ms",
        killed_by: &["LOD-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::Locks(60),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "never-recovers",
        bug: "once 150 events have been worked on together nothing is served any more",
        killed_by: &["LOD-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            capacity: Capacity::Breaks(150, 60),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "keeps-last-200-of-call",
        bug: "the 201st effect of a call pushes out the first",
        killed_by: &["LOD-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::KeepsLastOfCall(200),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-every-250th",
        bug: "every 250th event takes 6 s",
        killed_by: &["LOD-01", "LOD-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowEvery(250, 6_000),
            ..Behaviour::CORRECT
        },
    },
];
