//! Correct receivers, each of which differs from the usual in ways that are allowed. A harness that
//! finds fault with one of them is wrong.

use crate::{
    Control,
    behaviour::{
        Behaviour, Capacity, Coding, Connection, EffectRule, Expectation, Failure, Framing, Heads,
        Http2, Key, Media, ProbeFormat, Repeated, Style, TurnedAway, Validate,
    },
};

const CONTROLS: &[Control] = &[
    Control {
        name: "plain",
        differs: "differs in nothing: the correct receiver that all mutants are made from",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour::CORRECT,
    },
    Control {
        name: "terse",
        differs: "403 without a challenge, empty acknowledgements in chunks, pages of HTML on \
                  errors, 413 from 1 MB on, a connection for each request, 503 while its work fails",
        declared: &["ACK-04", "ACK-21", "AUT-18"],
        unverified: &[],
        behaviour: Behaviour {
            turned_away: TurnedAway::Forbidden,
            connection: Connection::ClosedEachTime,
            limit: 1_000_000,
            framing: Framing::Chunked,
            style: Style::EmptyOrHtml,
            failure: Failure::HandedBack,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "relaxed",
        differs: "answers up to 300 ms late, effects up to 400 ms after that, two of them for each \
                  call.ended and transcription.update and none for other types, probe in NDJSON",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            effect_types: &["call.ended", "transcription.update"],
            effect_kinds: &["stored", "notified"],
            effect_delay_ms: 400,
            answer_delay_ms: 300,
            probe: ProbeFormat::Ndjson,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "unhurried",
        differs: "answers up to 800 ms late",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            answer_delay_ms: 800,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "old-style",
        differs: "answers end with the connection, as in HTTP/1.0",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            framing: Framing::UntilClose,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "strict",
        differs: "demands all seven envelope members and a JSON media type, answers 422",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            media: Media::JsonOnly,
            validate: Validate::AllSeven,
            invalid_status: 422,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "one-end-per-call",
        differs: "a call ends once: its second call.ended is a duplicate whatever its timestamp",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            key: Key::TimelessFor("call.ended"),
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "bilingual",
        differs: "speaks HTTP/2 too, unpacks gzip up to its limit, and of two members of one name \
                  the first counts",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            http2: Http2::Served,
            coding: Coding::Unpacked,
            repeated: Repeated::First,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "h2-only",
        differs: "speaks HTTP/2 and nothing else",
        declared: &[],
        unverified: &[],
        behaviour: Behaviour {
            http2: Http2::Only,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "guarded",
        differs: "refuses more than 4 KiB of headers with 431, and `Expect` with 417",
        declared: &["AUT-13"],
        unverified: &[],
        behaviour: Behaviour {
            heads: Heads::Below(4096),
            expectation: Expectation::Refused,
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "flood-guard",
        differs: "from the 51st refusal on, wrong credentials are answered 429; the right one never",
        declared: &["AUT-18"],
        unverified: &[],
        behaviour: Behaviour {
            turned_away: TurnedAway::ThrottledAfter(50),
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "busy-guard",
        differs: "answers 429 to valid events too, with Retry-After, beyond 150 in a second",
        declared: &["LIM-01", "LIM-04"],
        unverified: &[
            "LOD-01", "LOD-02", "LOD-04", "LOD-05", "LOD-06", "LOD-07", "LOD-11", "LOD-12",
        ],
        behaviour: Behaviour {
            capacity: Capacity::ThrottlesOver(150),
            ..Behaviour::CORRECT
        },
    },
    Control {
        name: "sluggish-queue",
        differs: "effects come in order from one worker that takes 5 ms each, however many wait",
        declared: &[],
        unverified: &["*"],
        behaviour: Behaviour {
            effect: EffectRule::Queue(1_000_000, 5),
            ..Behaviour::CORRECT
        },
    },
];

/// All controls.
pub fn all() -> impl Iterator<Item = &'static Control> {
    CONTROLS.iter()
}

/// The control of that name.
pub fn by_name(name: &str) -> Option<&'static Control> {
    all().find(|control| control.name == name)
}
