//! Receivers that lose or change a part of what an event tells.

use crate::{
    Expect, Mutant,
    behaviour::{Behaviour, EffectRule, Keeping, Validate},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "mangles-unicode",
        bug: "text outside ASCII is replaced on its way to the effect",
        killed_by: &["EVT-18"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::AsciiOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "no-emoji",
        bug: "text outside the basic plane is replaced on its way to the effect",
        killed_by: &["EVT-18"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::BasicPlaneOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "strips-vowels",
        bug: "Arabic vowel marks are stripped as if they were decoration",
        killed_by: &["EVT-18"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::StripsVowels,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "strips-marks",
        bug: "direction marks and joiners are stripped as invisible",
        killed_by: &["EVT-18"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::StripsFormat,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "drops-params",
        bug: "the params of a call.started are not kept",
        killed_by: &["EVT-05"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::DropsParams,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "rounds-fractions",
        bug: "fractions are rounded to two places",
        killed_by: &["EVT-06", "EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::Rounds,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "reads-outer-data",
        bug: "members of the outer data hide those of the nested one",
        killed_by: &["EVT-08"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::OuterFirst,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ends-at-envelope-time",
        bug: "a call is taken to end when its event was made",
        killed_by: &["EVT-08"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::EnvelopeTime,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "groups-turns",
        bug: "the turns of a transcript are grouped by speaker",
        killed_by: &["EVT-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::GroupsTurns,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "stops-at-empty-turn",
        bug: "a transcript ends at its first empty turn",
        killed_by: &["EVT-10"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::StopsAtEmptyTurn,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "decodes-urls",
        bug: "the recording's URL is decoded before it is stored",
        killed_by: &["EVT-11"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::DecodesUrls,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "drops-queries",
        bug: "the recording's URL loses its signature",
        killed_by: &["EVT-11"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::DropsQueries,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "escapes-quotes",
        bug: "quotation marks in texts are escaped once more",
        killed_by: &["EVT-12"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::EscapesQuotes,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "drops-nulls",
        bug: "members that are null are dropped",
        killed_by: &["EVT-13"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::DropsNulls,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "fills-nulls",
        bug: "listed outcome fields that are missing become null",
        killed_by: &["EVT-13"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::FillsNulls,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "falsy-is-null",
        bug: "false, zero and empty texts become null",
        killed_by: &["EVT-14"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::FalsyIsNull,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "folds-names",
        bug: "member names are converted to one letter case and lose underscores",
        killed_by: &["EVT-15"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::FoldsNames,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "listed-fields-only",
        bug: "outcome fields that no page lists are dropped",
        killed_by: &["EVT-16"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::ListedOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "prints-nested",
        bug: "nested outcome fields become the text of an object",
        killed_by: &["EVT-16"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::PrintsNested,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "guesses-numbers",
        bug: "identifiers that look like numbers become numbers",
        killed_by: &["EVT-17"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::GuessesNumbers,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "speakers-as-text",
        bug: "a number of speakers that is a number is refused",
        killed_by: &["EVT-19"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            validate: Validate::SpeakersAsText,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "speakers-as-number",
        bug: "a number of speakers that is a string is refused",
        killed_by: &["EVT-19"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            validate: Validate::SpeakersAsNumber,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "trims-texts",
        bug: "texts lose surrounding white space",
        killed_by: &["EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::TrimsTexts,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "escapes-html",
        bug: "texts are escaped for HTML before they are stored",
        killed_by: &["EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::EscapesHtml,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "cuts-at-255",
        bug: "texts are cut after 255 characters",
        killed_by: &["EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::CutsTexts(255),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "cuts-at-4096",
        bug: "texts are cut after 4,096 characters",
        killed_by: &["EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::CutsTexts(4096),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "single-precision",
        bug: "fractions are kept in single precision",
        killed_by: &["EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::SinglePrecision,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "numbers-through-floats",
        bug: "whole numbers beyond 2^53 lose digits",
        killed_by: &["EVT-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            keeping: Keeping::ThroughFloats,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "jams-on-odd-event",
        bug: "an event that cannot be read blocks all later ones of its call",
        killed_by: &["EVT-21"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            effect: EffectRule::JamsCall,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "untold-after-end",
        bug: "what comes after a call's end is stored without its contents",
        killed_by: &["EVT-22"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            effect: EffectRule::UntoldAfterEnd,
            ..Behaviour::CORRECT
        },
    },
];
