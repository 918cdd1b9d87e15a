//! Receivers that keep their promises only while everything around them works.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Failure, FullDisk, Slowness, StoreLoss},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "slow-answer",
        bug: "an event is acknowledged after the work on it, however slow that is",
        killed_by: &["ACK-10"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            slowness: Slowness::Answer,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-enters-key-afterwards",
        bug: "the key is entered after slow work, so that a retry meanwhile counts again",
        killed_by: &["IDM-17"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            slowness: Slowness::Entry,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-work-cancelled",
        bug: "slow work is cancelled when the sender hangs up, while the key stays",
        killed_by: &["IDM-17"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            slowness: Slowness::Cancellable,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-lease-expires",
        bug: "the lease on an event lasts 4 s and is not renewed, so that a copy takes it over",
        killed_by: &["IDM-17"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            slowness: Slowness::Lease(4_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-duplicates",
        bug: "a duplicate waits for the slow dependency before it is acknowledged",
        killed_by: &["IDM-17"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            slowness: Slowness::Duplicates,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-marks-then-fails",
        bug: "work that fails is answered 500 and leaves its key behind",
        killed_by: &["IDM-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            failure: Failure::KeepsKey,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fails-after-effect",
        bug: "an event that fails after its effect is handed back, so that its retry counts again",
        killed_by: &["IDM-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            failure: Failure::EffectFirst,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fails-and-retries-too",
        bug: "work that fails is handed back to the sender and retried by the receiver as well",
        killed_by: &["IDM-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            failure: Failure::RetriedToo,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fails-and-blocks",
        bug: "an event whose work failed counts as in progress for ever, its copies get 409",
        killed_by: &["IDM-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            failure: Failure::Blocked,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fails-silently",
        bug: "an event whose work failed is acknowledged and forgotten",
        killed_by: &["IDM-20", "ACK-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            failure: Failure::Forgotten,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fails-and-crashes",
        bug: "the retry of work that had failed throws an error that ends the process",
        killed_by: &["ACK-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            failure: Failure::Crashes,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fails-for-good",
        bug: "once work has failed, every fresh event is answered 500: the connection is not renewed",
        killed_by: &["ACK-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            failure: Failure::ForGood,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "storeless-acknowledges",
        bug: "events are acknowledged and lost while the store cannot be reached",
        killed_by: &["DUR-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            store_loss: StoreLoss::Acknowledged,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "storeless-fails-open",
        bug: "every copy counts while the store cannot be asked",
        killed_by: &["DUR-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            store_loss: StoreLoss::Undeduplicated,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "storeless-hangs",
        bug: "deliveries wait until the store is back",
        killed_by: &["DUR-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            store_loss: StoreLoss::Waits,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "storeless-for-good",
        bug: "nothing is served any more once the store could not be reached",
        killed_by: &["DUR-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            store_loss: StoreLoss::NoWayBack,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "full-disk-acknowledges",
        bug: "events are acknowledged and lost while nothing can be written",
        killed_by: &["DUR-10"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            full_disk: FullDisk::Acknowledged,
            ..Behaviour::CORRECT
        },
    },
];
