//! Receivers that go wrong between requests, before bodies, or over HTTP/2.

use crate::{
    Expect, Mutant,
    behaviour::{
        Behaviour, Connection, Expectation, Framing, HangUp, Heads, Http2, Intake, Media, Workers,
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "expect-unanswered",
        bug: "a sender that waits to be asked for the body is never asked",
        killed_by: &["HTP-03"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            expectation: Expectation::Ignored,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "expect-drops-connection",
        bug: "a sender that waits to be asked for the body is hung up on",
        killed_by: &["HTP-03"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            expectation: Expectation::Dropped,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "body-of-put-is-a-request",
        bug: "the body of a refused PUT is read as the next request",
        killed_by: &["HTP-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::BodyOfOtherMethodsLeftBehind,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "last-length-wins",
        bug: "of two lengths the last one counts",
        killed_by: &["HTP-07"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            heads: Heads::LastLengthWins,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "lenient-chunk-sizes",
        bug: "chunk sizes may have a prefix or a sign",
        killed_by: &["HTP-07"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            intake: Intake::LenientChunkSizes,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "lower-case-names-unseen",
        bug: "headers whose names are in lower case are not found",
        killed_by: &["HTP-08"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            heads: Heads::LowerCaseUnseen,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "drops-64-headers",
        bug: "a request with 64 headers or more is dropped",
        killed_by: &["HTP-08"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            heads: Heads::FewerThan(64),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "non-ascii-header-fails",
        bug: "a header value outside ASCII is an internal error",
        killed_by: &["HTP-08"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            heads: Heads::NonAsciiFails,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "connection-worn-out",
        bug: "from its 65th request on a connection is answered 503",
        killed_by: &["HTP-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::Serves(64),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "close-loses-answer",
        bug: "a connection that is asked to close does so before its answer",
        killed_by: &["HTP-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::EndsBeforeAnswer,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "chunks-for-http10",
        bug: "answers to HTTP/1.0 come in chunks",
        killed_by: &["HTP-09"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            framing: Framing::ChunkedForAll,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "negotiates-content",
        bug: "a sender that accepts no JSON is answered 406",
        killed_by: &["HTP-12"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            media: Media::Negotiated,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "threads-blocked-by-loris",
        bug: "each of 16 threads waits on its connection, silent or not",
        killed_by: &["HTP-15"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            workers: Workers::OnePerConnection(16),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "half-close-loses-answer",
        bug: "a sender that has finished sending gets no answer",
        killed_by: &["HTP-16"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            hang_up: HangUp::LosesAnswer,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "http2-lets-everybody-in",
        bug: "over HTTP/2 nobody looks at the credential",
        killed_by: &["HTP-11"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            http2: Http2::LetsEverybodyIn,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "http2-races",
        bug: "over HTTP/2 the look-up of a key and its entry are two steps",
        killed_by: &["IDM-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            http2: Http2::Races,
            ..Behaviour::CORRECT
        },
    },
];
