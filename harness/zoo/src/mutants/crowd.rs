//! Receivers that serve one event after the other well, and lose their way in a crowd: places that
//! are not given back, faults of one request that others pay for, limits that come too early.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Capacity, Connection, Duplicate, EffectRule, Pace, Refusal, Workers},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "leaks-connections",
        bug: "a connection that has ended keeps its place among 300",
        killed_by: &["LOD-06"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            workers: Workers::NeverReturned(300),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "connections-add-up",
        bug: "each connection is served a millisecond later than the one before it",
        killed_by: &["LOD-06"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            workers: Workers::LaterEachTime(1_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "threads-blocked-by-slow-heads",
        bug: "each of 32 threads waits for the rest of a head that has begun",
        killed_by: &["LOD-07"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            workers: Workers::OnePerRequest(32),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "refuses-in-worker",
        bug: "a wrong token is refused after two seconds in one of 16 workers",
        killed_by: &["LOD-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::InPlace(16, 2_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "error-left-behind",
        bug: "after an invalid body the next event on its connection is answered 400 too",
        killed_by: &["LOD-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::ErrorLeftBehind,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "lost-beside-repeat",
        bug: "an event that comes while a repeat is answered is acknowledged and lost",
        killed_by: &["LOD-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            duplicate: Duplicate::LosesOthers(8),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "lossy-transcripts",
        bug: "transcription.update is acknowledged and dropped when the queue is full",
        killed_by: &["LOD-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            effect: EffectRule::QueueFor("transcription.update", 8, 60),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "sheds-over-150-a-second",
        bug: "beyond 150 events in a second the others are answered 503",
        killed_by: &["LOD-01", "LOD-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            capacity: Capacity::ShedsOver(150),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-after-300",
        bug: "from the 301st event on each takes 6 s",
        killed_by: &["LOD-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowAfter(300, 6_000),
            ..Behaviour::CORRECT
        },
    },
];
