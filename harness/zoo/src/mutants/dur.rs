//! Receivers that lose, double or forget events when their process ends or halts.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Claim, Survival},
};

const fn surviving(survival: Survival) -> Behaviour {
    Behaviour {
        survival,
        ..Behaviour::CORRECT
    }
}

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "dedup-memory-only",
        bug: "keys are in memory: a restart forgets them, not the effects",
        killed_by: &["DUR-02", "DUR-03"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::EffectsOnly),
    },
    Mutant {
        name: "effects-memory-only",
        bug: "effects are in memory: a restart loses them, not the keys",
        killed_by: &["DUR-01", "DUR-02", "DUR-03", "DUR-06"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::KeysOnly),
    },
    Mutant {
        name: "all-in-memory",
        bug: "everything is in memory, keys and effects",
        killed_by: &["DUR-01"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::Nothing),
    },
    Mutant {
        name: "tools-in-memory",
        bug: "tool.executed alone is not written",
        killed_by: &["DUR-01", "DUR-03"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::NotOf("tool.executed")),
    },
    Mutant {
        name: "ack-before-write",
        bug: "records are written 3 ms after the acknowledgement",
        killed_by: &["DUR-03", "DUR-12"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::WrittenLate(3)),
    },
    Mutant {
        name: "ack-before-write-50ms",
        bug: "records are written by a flush 50 ms after the acknowledgement",
        killed_by: &["DUR-01"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::WrittenLate(50)),
    },
    Mutant {
        name: "last-event-buffered",
        bug: "the records of the last event wait in a buffer for the next one",
        killed_by: &["DUR-01", "DUR-12"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::AllButLast(2)),
    },
    Mutant {
        name: "last-eight-buffered",
        bug: "the last eight records wait in a buffer",
        killed_by: &["DUR-01", "DUR-03"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::AllButLast(8)),
    },
    Mutant {
        name: "key-before-effect",
        bug: "the key is written 15 ms before the effect, and after a kill it stands for both",
        killed_by: &["DUR-02"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::KeyBeforeWork(15)),
    },
    Mutant {
        name: "queue-in-memory",
        bug: "the key is written, the effect comes 20 ms later from a queue in memory",
        killed_by: &["DUR-01", "DUR-02"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::QueueInMemory(20)),
    },
    Mutant {
        name: "effect-twice-on-restart",
        bug: "a restart works on the last batch of 20 events once more",
        killed_by: &["DUR-01", "DUR-02"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::RedoesLast(20)),
    },
    Mutant {
        name: "torn-record-stops-start",
        bug: "a record that was half written when the process ended keeps it from starting",
        killed_by: &["DUR-01"],
        expect: Expect::Failure,
        behaviour: surviving(Survival::TornRecordStopsStart(3)),
    },
    Mutant {
        name: "compaction-drops-keys",
        bug: "a start compacts the store and throws the keys away, which the second start notices",
        killed_by: &["DUR-04"],
        expect: Expect::Finding,
        behaviour: surviving(Survival::KeysUntilCompaction),
    },
    Mutant {
        name: "term-cancels-queue",
        bug: "SIGTERM cancels acknowledged events that are still waiting for their effect",
        killed_by: &["DUR-05"],
        expect: Expect::Finding,
        behaviour: surviving(Survival::CancelledByTerm(150)),
    },
    Mutant {
        name: "term-cuts-off",
        bug: "SIGTERM cuts off the requests that are under way",
        killed_by: &["DUR-05"],
        expect: Expect::Finding,
        behaviour: surviving(Survival::CutOffByTerm),
    },
    Mutant {
        name: "lease-runs-out",
        bug: "a worker that was halted for two seconds loses its event to another and does it too",
        killed_by: &["DUR-08"],
        expect: Expect::Finding,
        behaviour: surviving(Survival::LeaseRunsOut(150)),
    },
    Mutant {
        name: "dedup-per-url",
        bug: "each of two replicas remembers the keys that came by its own URL",
        killed_by: &["DUR-11"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            claim: Claim::PerUrl,
            ..Behaviour::CORRECT
        },
    },
];
