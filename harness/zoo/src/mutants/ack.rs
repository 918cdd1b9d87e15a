//! Receivers that acknowledge wrongly, late, or not everything they should.

use crate::{
    Expect, Mutant,
    behaviour::{Ack, Behaviour, BodyEnd, Pace, Parse, UnknownType, Validate, Wall},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "slow-on-call-ended",
        bug: "a call.ended is worked on for 6 s before it is acknowledged",
        killed_by: &["ACK-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowFor("call.ended", 6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "just-over-the-deadline",
        bug: "a tool.executed is acknowledged after 5.2 s",
        killed_by: &["ACK-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowFor("tool.executed", 5_200),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-202-for-tools",
        bug: "a tool.executed is acknowledged with 202",
        killed_by: &["ACK-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::StatusFor("tool.executed", 202),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-call-answered",
        bug: "the handler of call.answered fails",
        killed_by: &["ACK-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::StatusFor("call.answered", 500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-without-optional",
        bug: "optional members of data are dereferenced unguarded",
        killed_by: &["ACK-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::NeedsOptional,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "limit-100-kb",
        bug: "bodies over 100 kB are refused, as by a framework's default",
        killed_by: &["ACK-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            limit: 100 * 1024,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-on-large",
        bug: "bodies of 128 KiB or more are worked on for 6 s",
        killed_by: &["ACK-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowFrom(128 * 1024, 6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-on-non-ascii",
        bug: "text outside ASCII is worked on for 6 s",
        killed_by: &["ACK-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowNonAscii(6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-non-ascii",
        bug: "text outside ASCII is an internal error",
        killed_by: &["ACK-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::AsciiOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-emoji",
        bug: "text outside the basic plane is an internal error",
        killed_by: &["ACK-03"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            parse: Parse::BasicPlaneOnly,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "limit-512-kb",
        bug: "bodies over 512 KiB are refused",
        killed_by: &["ACK-04"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            limit: 512 * 1024,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-201",
        bug: "events are acknowledged with 201",
        killed_by: &["ACK-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::Status(201),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-202",
        bug: "events are acknowledged with 202",
        killed_by: &["ACK-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::Status(202),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-204",
        bug: "events are acknowledged with 204",
        killed_by: &["ACK-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::Status(204),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-302",
        bug: "events are acknowledged with a redirect to a page",
        killed_by: &["ACK-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::Redirect(302),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-307",
        bug: "deliveries are redirected to another path, to be sent again with their credential",
        killed_by: &["ACK-06"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::Redirect(307),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "head-now-body-late",
        bug: "the head of the acknowledgement leaves at once, its body 6 s later",
        killed_by: &["ACK-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            body_end: BodyEnd::Late(6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "body-trickles",
        bug: "the body of the acknowledgement takes 6 s, byte by byte",
        killed_by: &["ACK-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            body_end: BodyEnd::Trickled(6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "body-never-ends",
        bug: "the last chunk of the acknowledgement is missing",
        killed_by: &["ACK-07"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            body_end: BodyEnd::Never,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-every-50th",
        bug: "every 50th event takes 6 s",
        killed_by: &["ACK-08"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            pace: Pace::SlowEvery(50, 6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-unknown-event",
        bug: "an unknown event type is an internal error",
        killed_by: &["ACK-13"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            unknown_type: UnknownType::Status(500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "400-on-unknown-event",
        bug: "an unknown event type is refused as invalid",
        killed_by: &["ACK-13"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            unknown_type: UnknownType::Status(400),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "dies-on-unknown-event",
        bug: "an unknown event type ends the process",
        killed_by: &["ACK-13"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            unknown_type: UnknownType::Kills,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "refuses-unknown-members",
        bug: "envelope members beyond the documented ones are refused",
        killed_by: &["ACK-14"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::RefusesUnknown,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "unknown-members-lose-effect",
        bug: "an event with unknown members is acknowledged but has no effect",
        killed_by: &["ACK-14"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            validate: Validate::UnknownLosesEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "slow-6s-everything",
        bug: "every answer takes 6 s",
        killed_by: &["ACK-01"],
        expect: Expect::RootCause,
        behaviour: Behaviour {
            wall: Wall::Slow(6_000),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "never-answers",
        bug: "no delivery is ever answered",
        killed_by: &["ACK-01"],
        expect: Expect::RootCause,
        behaviour: Behaviour {
            wall: Wall::Silent,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "always-500",
        bug: "every delivery is answered 500",
        killed_by: &["ACK-01"],
        expect: Expect::RootCause,
        behaviour: Behaviour {
            wall: Wall::Status(500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "closes-without-answer",
        bug: "every connection is closed instead of an answer",
        killed_by: &["ACK-01"],
        expect: Expect::RootCause,
        behaviour: Behaviour {
            wall: Wall::Closes,
            ..Behaviour::CORRECT
        },
    },
];
