//! Receivers that judge the credential wrongly: they let another value in, or keep the right one out.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Credential, Place},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "auth-off",
        bug: "the credential is not looked at",
        killed_by: &["AUT-01"],
        expect: Expect::RootCause,
        behaviour: Behaviour {
            credential: Credential::Off,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-absent-passes",
        bug: "a request without the header passes",
        killed_by: &["AUT-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AbsentPasses,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-only-presence",
        bug: "any header passes",
        killed_by: &["AUT-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::PresenceOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-any-token",
        bug: "any token passes under the right scheme",
        killed_by: &["AUT-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AnyToken,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-length-only",
        bug: "any token of the right length passes",
        killed_by: &["AUT-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::LengthOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-starts-with",
        bug: "what begins with the token passes",
        killed_by: &["AUT-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::ExpectedIsPrefix,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-is-prefix",
        bug: "what the token begins with passes, from eight characters on",
        killed_by: &["AUT-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::IsPrefixOfExpected,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-compare-8-bytes",
        bug: "only the first eight characters are compared",
        killed_by: &["AUT-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::FirstEight,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-compare-half",
        bug: "only the first half is compared",
        killed_by: &["AUT-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::FirstHalf,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-skips-last-byte",
        bug: "the last character is not compared",
        killed_by: &["AUT-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AllButLast,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-skips-first-byte",
        bug: "the first character is not compared",
        killed_by: &["AUT-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AllButFirst,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-empty-token-passes",
        bug: "an empty token passes",
        killed_by: &["AUT-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::EmptyTokenPasses,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-empty-header-passes",
        bug: "an empty header passes",
        killed_by: &["AUT-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::EmptyHeaderPasses,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-any-scheme",
        bug: "the scheme is not looked at",
        killed_by: &["AUT-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AnyScheme,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-basic-passes",
        bug: "the token passes under the scheme Basic",
        killed_by: &["AUT-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::BasicPasses,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-raw-passes",
        bug: "the token passes without a scheme",
        killed_by: &["AUT-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::RawTokenPasses,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-scheme-case",
        bug: "the scheme's letter case matters",
        killed_by: &["AUT-07"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            credential: Credential::SchemeCaseMatters,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-case-fold",
        bug: "the token's letter case does not matter",
        killed_by: &["AUT-08"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::CaseFolded,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-any-of-several",
        bug: "one good header among several is enough",
        killed_by: &["AUT-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            credential: Credential::AnyOfSeveral,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-first-of-several",
        bug: "of several headers the first counts",
        killed_by: &["AUT-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            credential: Credential::FirstOfSeveral,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-last-of-several",
        bug: "of several headers the last counts",
        killed_by: &["AUT-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            credential: Credential::LastOfSeveral,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-contains",
        bug: "the expected value may stand anywhere in the header",
        killed_by: &["AUT-03", "AUT-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::Contains,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-any-of-list",
        bug: "one good value in a list is enough",
        killed_by: &["AUT-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AnyOfList,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-in-query",
        bug: "the token passes in the query string too",
        killed_by: &["AUT-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AlsoIn(Place::Query),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-in-cookie",
        bug: "the token passes in a cookie too",
        killed_by: &["AUT-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AlsoIn(Place::Cookie),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-in-api-key",
        bug: "the token passes in X-Api-Key too",
        killed_by: &["AUT-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::AlsoIn(Place::ApiKey),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-dies-on-non-ascii",
        bug: "a credential outside ASCII ends the process",
        killed_by: &["AUT-13"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::NonAsciiKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-lockout",
        bug: "after 100 refusals nobody gets in",
        killed_by: &["AUT-19"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            credential: Credential::LockoutAfter(100),
            ..Behaviour::CORRECT
        },
    },
];
