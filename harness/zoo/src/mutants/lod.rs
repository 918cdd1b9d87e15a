//! Receivers that fail only when many events come at once.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Capacity, EffectRule},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "one-at-a-time-22ms",
        bug: "events are worked on one at a time, 22 ms each",
        killed_by: &["LOD-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            capacity: Capacity::Slots(1, 22),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "global-lock-100ms",
        bug: "events are worked on one at a time, 100 ms each",
        killed_by: &["LOD-01", "LOD-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            capacity: Capacity::Slots(1, 100),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "pool-of-four",
        bug: "events wait for one of four connections, 300 ms each",
        killed_by: &["LOD-01", "LOD-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            capacity: Capacity::Slots(4, 300),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "sheds-over-32",
        bug: "beyond 32 events at once the others are answered 503",
        killed_by: &["LOD-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            capacity: Capacity::Sheds(32, 60),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "lossy-queue",
        bug: "events are acknowledged and dropped when the queue is full",
        killed_by: &["LOD-01", "LOD-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::Queue(32, 6),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "lost-update",
        bug: "an effect is added to a stale copy of the list",
        killed_by: &["LOD-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::LostUpdate(2),
            ..Behaviour::CORRECT
        },
    },
];
