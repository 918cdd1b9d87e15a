//! Receivers that log too much or too little.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Log},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "logs-nothing",
        bug: "nothing is logged",
        killed_by: &["LOG-01"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            log: Log::Nothing,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-no-times",
        bug: "events are logged without their timestamps",
        killed_by: &["LOG-01"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            log: Log::NoTimes,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-no-refusals",
        bug: "refused credentials are not logged",
        killed_by: &["LOG-02"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            log: Log::NoRefusals,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-no-invalid",
        bug: "invalid payloads are not logged",
        killed_by: &["LOG-03"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            log: Log::NoInvalid,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-credential",
        bug: "the credential of each delivery is logged",
        killed_by: &["LOG-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            log: Log::Credential,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-credential-hex",
        bug: "the bytes of each delivery's credential are logged",
        killed_by: &["LOG-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            log: Log::CredentialInHex,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-credential-start",
        bug: "the beginning of each credential is logged",
        killed_by: &["LOG-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            log: Log::CredentialStart,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-expected",
        bug: "what a refused credential was compared with is logged",
        killed_by: &["LOG-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            log: Log::Expected,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-bodies",
        bug: "bodies are logged",
        killed_by: &["LOG-05"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            log: Log::Bodies,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "logs-numbers",
        bug: "the numbers of each call are logged",
        killed_by: &["LOG-05"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            log: Log::Numbers,
            ..Behaviour::CORRECT
        },
    },
];
