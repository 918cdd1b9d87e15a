//! Receivers that take two events for one, or one for two, because their key is not the triple.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Key},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "dedup-by-body-bytes",
        bug: "two bodies are the same event only if their bytes are",
        killed_by: &["IDM-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::BodyBytes,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-by-parsed-body",
        bug: "two bodies are the same event only if their members come in the same order",
        killed_by: &["IDM-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::ParsedBody,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-by-raw-text",
        bug: "keys are compared with their escapes undecoded",
        killed_by: &["IDM-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::RawText,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-by-callid",
        bug: "one event per call is taken, the others pass for duplicates",
        killed_by: &["IDM-09", "IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::CallId,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-by-callid-type",
        bug: "one event of each type per call is taken",
        killed_by: &["IDM-09", "IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::CallIdType,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-by-callid-time",
        bug: "the event type is missing from the key",
        killed_by: &["IDM-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::CallIdTimestamp,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-by-type-time",
        bug: "the call is missing from the key",
        killed_by: &["IDM-09", "IDM-25"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::TypeTimestamp,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-update-per-call",
        bug: "one transcription.update per call is taken",
        killed_by: &["IDM-09", "IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::TimelessFor("transcription.update"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-tool-per-call",
        bug: "one tool.executed per call is taken",
        killed_by: &["IDM-09", "IDM-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::TimelessFor("tool.executed"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-to-the-second",
        bug: "timestamps are stored to the second",
        killed_by: &["IDM-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            key: Key::ToTheSecond,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-joined",
        bug: "the parts of the key are joined with a separator that occurs in them",
        killed_by: &["IDM-27"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            key: Key::Joined,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-nocase",
        bug: "keys are compared without regard to letter case",
        killed_by: &["IDM-12"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            key: Key::NoCase,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-trim",
        bug: "keys are trimmed before they are compared",
        killed_by: &["IDM-13"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            key: Key::Trimmed,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-255",
        bug: "keys are cut to 255 characters",
        killed_by: &["IDM-14"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            key: Key::First255,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-with-agent-name",
        bug: "the key holds the agent's name as well",
        killed_by: &["IDM-29"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            key: Key::WithAgentName,
            ..Behaviour::CORRECT
        },
    },
];
