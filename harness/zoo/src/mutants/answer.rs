//! Receivers whose answers say too much, too little or the wrong thing.

use crate::{
    Expect, Mutant,
    behaviour::{
        Ack, Behaviour, Connection, Duplicate, Framing, Pace, Style, TestEvent, TurnedAway,
        UnknownType,
    },
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "dead-after-silence",
        bug: "a connection that was silent for 30 s is kept and never answered again",
        killed_by: &["ACK-09"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::DeadAfterSilence(30),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "work-before-ack",
        bug: "bodies of 128 KiB or more are worked on for 200 ms before they are acknowledged",
        killed_by: &["ACK-11"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            pace: Pace::SlowFrom(128 * 1024, 200),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-100-kib",
        bug: "acknowledgements have 100 KiB",
        killed_by: &["ACK-15"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            ack: Ack::Padded(100 * 1024),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "length-one-short",
        bug: "answers are one byte longer than they say",
        killed_by: &["ACK-15"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            framing: Framing::OneShort,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "traces-in-answers",
        bug: "errors are answered with a stack trace",
        killed_by: &["ACK-15"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            style: Style::Traces,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "json-as-html",
        bug: "JSON is sent as HTML",
        killed_by: &["ACK-16"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            style: Style::Mislabelled,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "words-as-json",
        bug: "words are sent as JSON",
        killed_by: &["ACK-16"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            style: Style::PlainAsJson,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-without-received",
        bug: "the acknowledgement does not say that the event was received",
        killed_by: &["ACK-17"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            ack: Ack::Unsaid,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "no-warning",
        bug: "an unknown event type is acknowledged like any other",
        killed_by: &["ACK-13"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            unknown_type: UnknownType::Unwarned,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "duplicate-unsaid",
        bug: "a duplicate is acknowledged like a first delivery",
        killed_by: &["IDM-28"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            duplicate: Duplicate::Unsaid,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "duplicate-always-said",
        bug: "every event is acknowledged as a duplicate",
        killed_by: &["IDM-28"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            ack: Ack::SaysDuplicate,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-test-event",
        bug: "an event of the type `test` is an internal error",
        killed_by: &["ACK-19"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            test_event: TestEvent::Status(500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "400-on-test-event",
        bug: "an event of the type `test` is refused as invalid",
        killed_by: &["ACK-19"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            test_event: TestEvent::Status(400),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "test-event-counts",
        bug: "an event of the type `test` has an effect",
        killed_by: &["ACK-19"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            test_event: TestEvent::LeavesEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "500-on-bare-test",
        bug: "a bare test is an internal error",
        killed_by: &["ACK-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            test_event: TestEvent::BareStatus(500),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "bare-test-counts",
        bug: "a bare test is taken for an event",
        killed_by: &["ACK-20"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            test_event: TestEvent::BareLeavesEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "throttles-all",
        bug: "while strangers are refused in numbers, everybody is answered 429",
        killed_by: &["LIM-04"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            turned_away: TurnedAway::ThrottlesAllWhile(50),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "throttles-barely",
        bug: "strangers are answered 429 without a word about when to come again",
        killed_by: &["LIM-03"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            turned_away: TurnedAway::ThrottlesBarely(50),
            ..Behaviour::CORRECT
        },
    },
];
