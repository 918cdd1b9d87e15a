//! Receivers that act on malformed bodies, or do not survive them.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, Media, OverLimit, Parse, Validate},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "dies-on-empty-body",
        bug: "an empty body ends the process",
        killed_by: &["MAL-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::EmptyKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "empty-body-poisons-lock",
        bug: "after an empty body nothing is served",
        killed_by: &["MAL-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::EmptyStopsServing,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "effect-on-truncated-json",
        bug: "what is cut off at the end of a body is guessed",
        killed_by: &["MAL-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::GuessesEnd,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "forgives-last-byte",
        bug: "one missing brace at the end is forgiven",
        killed_by: &["MAL-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::ForgivesLastByte,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-one-byte",
        bug: "a body of one byte ends the process",
        killed_by: &["MAL-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::OneByteKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-null",
        bug: "a top-level null ends the process",
        killed_by: &["MAL-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::NullKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "takes-array-of-one",
        bug: "an array stands for its first element",
        killed_by: &["MAL-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::UnwrapsArray,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "string-stops-serving",
        bug: "after a top-level string nothing is served",
        killed_by: &["MAL-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::ScalarStopsServing,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "missing-time-is-now",
        bug: "a missing timestamp is made up",
        killed_by: &["MAL-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::MissingTimestampIsNow,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "missing-type-is-ended",
        bug: "a missing event type is taken for call.ended",
        killed_by: &["MAL-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::MissingTypeIsEnded,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-missing-callid",
        bug: "a missing callId ends the process",
        killed_by: &["MAL-04"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::MissingCallIdKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-missing-member",
        bug: "a missing identifying member is an internal error",
        killed_by: &["MAL-04"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            validate: Validate::MissingIsServerError,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "stringifies-identity",
        bug: "numbers and null pass as text in identifying members",
        killed_by: &["MAL-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::Stringifies,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "empty-strings-pass",
        bug: "empty strings pass in identifying members",
        killed_by: &["MAL-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::EmptyPasses,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-object-member",
        bug: "an object in place of an identifying member ends the process",
        killed_by: &["MAL-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::ObjectKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "names-nocase",
        bug: "member names are matched without regard to letter case",
        killed_by: &["MAL-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::NamesNoCase,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "replaces-invalid-utf8",
        bug: "invalid UTF-8 is replaced and taken",
        killed_by: &["MAL-08"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            parse: Parse::ReplacesInvalidUtf8,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "recursive-parser",
        bug: "a recursive parser without a bound overflows its stack",
        killed_by: &["MAL-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::Recursive(2 * 1024),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "recursive-parser-small-stack",
        bug: "a recursive parser without a bound overflows a small stack",
        killed_by: &["MAL-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::Recursive(128),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "deep-body-stops-serving",
        bug: "after too deep a body nothing is served",
        killed_by: &["MAL-10"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::DeepStopsServing,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ignores-rest",
        bug: "what follows the first JSON value is ignored",
        killed_by: &["MAL-12"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::IgnoresRest,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-large",
        bug: "a body over the limit ends the process",
        killed_by: &["MAL-13"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            over_limit: OverLimit::Kills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "413-stops-serving",
        bug: "after a body over the limit nothing is served",
        killed_by: &["MAL-13"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            over_limit: OverLimit::StopsServing,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-without-content-type",
        bug: "a request without a media type ends the process",
        killed_by: &["MAL-18"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            media: Media::MissingKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-null-outcome",
        bug: "an outcome field that is null is dereferenced",
        killed_by: &["EVT-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::DereferencesNull,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-broken-json-string",
        bug: "an outcome field that looks like JSON and does not parse is an internal error",
        killed_by: &["EVT-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::ParsesStrings,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "strict-content-type",
        bug: "a media type with parameters is refused",
        killed_by: &["MAL-19"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            media: Media::BareJson,
            ..Behaviour::CORRECT
        },
    },
];
