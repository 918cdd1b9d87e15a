//! Receivers that change, split or do not survive what is legal and odd.

use crate::{
    Expect, Mutant,
    behaviour::{Ack, Behaviour, Coding, Key, Media, Pace, Parse, Repeated, Stored, Validate},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "two-ids-two-effects",
        bug: "an event with two call ids takes effect under each",
        killed_by: &["MAL-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            repeated: Repeated::Both,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "two-ids-two-parsers",
        bug: "of two call ids the first is looked up and the last takes effect",
        killed_by: &["MAL-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            repeated: Repeated::FirstForKey,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "effect-cut-at-nul",
        bug: "the key of an effect ends at its first NUL",
        killed_by: &["MAL-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            stored: Stored::ToNul,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "effect-without-controls",
        bug: "control characters are missing from the key of an effect",
        killed_by: &["MAL-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            stored: Stored::WithoutControls,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dedup-to-nul",
        bug: "keys that differ only behind a NUL are the same",
        killed_by: &["MAL-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            key: Key::ToNul,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-overflow",
        bug: "a number beyond a double ends the process",
        killed_by: &["MAL-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::OverflowKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-on-many-members",
        bug: "a hundred thousand members take more than five seconds",
        killed_by: &["MAL-14"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowMembers(100_000, 5_600),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "no-date-is-1970",
        bug: "the key of an effect has 1970 for a timestamp that is no date",
        killed_by: &["MAL-15"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            stored: Stored::DatesOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "type-nocase",
        bug: "the type of an event is matched without regard to letter case",
        killed_by: &["MAL-16"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::TypeNoCase,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "type-trimmed",
        bug: "the type of an event is matched without the white space around it",
        killed_by: &["MAL-16"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::TypeTrimmed,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "call-id-sanitised",
        bug: "the key of an effect has underscores for what has a meaning elsewhere",
        killed_by: &["MAL-17"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            stored: Stored::Sanitised,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "line-ends-made-equal",
        bug: "the key of an effect has LF for CR LF",
        killed_by: &["MAL-17"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            stored: Stored::EqualLineEnds,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "form-takes-effect",
        bug: "the fields of a form are taken for the members of an event",
        killed_by: &["MAL-20"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            media: Media::FormsToo,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "gzip-without-limit",
        bug: "a compressed body is unpacked until the memory runs out",
        killed_by: &["MAL-21"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            coding: Coding::UnpackedWithoutLimit,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-corrupt-gzip",
        bug: "a compressed body with a wrong checksum ends the process",
        killed_by: &["MAL-21"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            coding: Coding::CorruptKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "gzip-unchecked",
        bug: "the checksum of a compressed body is not looked at",
        killed_by: &["MAL-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            coding: Coding::Unchecked,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-null-data",
        bug: "an event whose data is null ends the process",
        killed_by: &["MAL-22"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::NullDataKills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-odd-data",
        bug: "an event whose data is no object is an internal error",
        killed_by: &["MAL-22"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            validate: Validate::ReadsData,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "refuses-null",
        bug: "an event with a null anywhere in its data is refused",
        killed_by: &["MAL-23"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::RefusesNull,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "echoes-event",
        bug: "the acknowledgement is a page that quotes the event unescaped",
        killed_by: &["MAL-24"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            ack: Ack::EchoesEvent,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-odd-recording",
        bug: "a recording that is no text ends the process",
        killed_by: &["MAL-25"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::RecordingKills,
            ..Behaviour::CORRECT
        },
    },
];
