//! Receivers that remember wrongly which events they have taken, or lose or double effects.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Claim, Duplicate, EffectRule, HangUp, Refusal, Validate},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "no-dedup",
        bug: "keys are not remembered at all",
        killed_by: &["IDM-01", "IDM-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::Never,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "no-dedup-for-tools",
        bug: "the keys of tool.executed are not remembered",
        killed_by: &["IDM-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::NotFor("tool.executed"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "no-dedup-for-updates",
        bug: "the keys of transcription.update are not remembered",
        killed_by: &["IDM-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::NotFor("transcription.update"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-late",
        bug: "a key is remembered by a worker half a second after the acknowledgement",
        killed_by: &["IDM-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::Late(500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-409",
        bug: "a duplicate is answered 409",
        killed_by: &["IDM-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::Status(409),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-208",
        bug: "a duplicate is answered 208",
        killed_by: &["IDM-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::Status(208),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-500",
        bug: "a duplicate violates a unique index and is answered 500",
        killed_by: &["IDM-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::Status(500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-slow",
        bug: "a duplicate is acknowledged after 6 s",
        killed_by: &["IDM-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::Slow(6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-429-after-three",
        bug: "from the fourth duplicate on the sender is throttled",
        killed_by: &["IDM-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::ThrottledAfterThree,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-per-connection",
        bug: "keys are remembered for the connection they came on",
        killed_by: &["IDM-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::PerConnection,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-per-replica",
        bug: "two replicas remember keys each for itself",
        killed_by: &["IDM-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::PerReplica,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-toggles",
        bug: "a duplicate wipes the memory of its key, so that the third copy counts again",
        killed_by: &["IDM-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::Toggled,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "check-then-act",
        bug: "3 ms pass between looking a key up and entering it",
        killed_by: &["IDM-04", "IDM-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::CheckThenSleep(3),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "check-then-act-quick",
        bug: "others may run for a moment between looking a key up and entering it",
        killed_by: &["IDM-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::CheckThenYield,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "copy-in-progress-409",
        bug: "a copy of an event that is being worked on is turned away with 409",
        killed_by: &["IDM-04", "IDM-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::LockedFor(25),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "loses-20th-of-call",
        bug: "the 20th event of a call is acknowledged but has no effect",
        killed_by: &["IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::LosesNthOfCall(20),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "keeps-last-16-of-call",
        bug: "a call's 17th effect pushes out its first",
        killed_by: &["IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::KeepsLastOfCall(16),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "tool-effects-twice",
        bug: "a tool.executed has its effect twice",
        killed_by: &["IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::TwiceFor("tool.executed"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "hang-up-loses-effect",
        bug: "the handler is cancelled between key and effect when the sender hangs up",
        killed_by: &["IDM-16"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            hang_up: HangUp::LosesEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "hang-up-releases-key",
        bug: "the key is released, though not the effect undone, when the sender hangs up",
        killed_by: &["IDM-16"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            hang_up: HangUp::ReleasesKey,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "marks-before-auth",
        bug: "a refused delivery marks its key as seen",
        killed_by: &["IDM-18"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::MarksKey,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "marks-before-validate",
        bug: "an invalid body marks its key as seen",
        killed_by: &["IDM-19"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::MarksFirst,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-last-1000",
        bug: "only the last 1,000 keys are remembered",
        killed_by: &["IDM-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            claim: Claim::Last(1_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-1500-ms",
        bug: "keys are remembered for 1.5 s",
        killed_by: &["IDM-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            claim: Claim::ExpiresAfter(1_500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-last-one",
        bug: "only the last key is remembered",
        killed_by: &["IDM-23"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            claim: Claim::Last(1),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "data-crosses-calls",
        bug: "the event under way is kept in one place for all calls, so that one gets another's data",
        killed_by: &["IDM-25"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::HoldsLastData(2),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "drops-out-of-order",
        bug: "an event that comes after its call's end has no effect",
        killed_by: &["IDM-24"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::NoneAfterEnd,
            ..Behaviour::CORRECT
        },
    },
];
