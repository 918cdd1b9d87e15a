//! Receivers that read HTTP wrongly.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Intake, Methods, Wall},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "get-works-too",
        bug: "every method delivers",
        killed_by: &["HTP-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            methods: Methods::Any,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "put-works-too",
        bug: "PUT delivers as well",
        killed_by: &["HTP-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            methods: Methods::Also("PUT"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "delete-works-too",
        bug: "DELETE delivers as well",
        killed_by: &["HTP-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            methods: Methods::Also("DELETE"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-patch",
        bug: "PATCH ends the process",
        killed_by: &["HTP-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            methods: Methods::PatchKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "no-chunked",
        bug: "a chunked body is refused",
        killed_by: &["HTP-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::NoChunked,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "first-chunk-only",
        bug: "only the first chunk of a body is kept",
        killed_by: &["HTP-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::FirstChunkOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "decimal-chunk-sizes",
        bug: "chunk sizes are read as decimal numbers",
        killed_by: &["HTP-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::DecimalChunkSizes,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "chunked-loses-effect",
        bug: "a chunked delivery is acknowledged but has no effect",
        killed_by: &["HTP-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::ChunkedLosesEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "single-read",
        bug: "what one read returns is taken for the whole body",
        killed_by: &["ACK-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::SingleRead,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "body-within-1s",
        bug: "a body must arrive within a second",
        killed_by: &["HTP-04"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            intake: Intake::Within(1_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "body-pieces-within-100ms",
        bug: "each piece of a body must arrive within 100 ms",
        killed_by: &["HTP-04"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            intake: Intake::EachWithin(100),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "effect-on-abort",
        bug: "an aborted body takes effect as far as it is understood",
        killed_by: &["HTP-05", "HTP-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::AbortTakesEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-abort",
        bug: "an aborted body ends the process",
        killed_by: &["HTP-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::AbortKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "abort-leaks-slot",
        bug: "each aborted body keeps one of two places for ever",
        killed_by: &["HTP-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            intake: Intake::AbortLeaksSlot(2),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "not-http",
        bug: "the port speaks another protocol",
        killed_by: &[],
        expect: Expect::NoVerdict,
        behaviour: Behaviour {
            wall: Wall::NotHttp,
            ..Behaviour::CORRECT
        },
    },
];
