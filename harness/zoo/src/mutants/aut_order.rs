//! Receivers that judge the credential at the wrong time or place, forget it, or show it.

use crate::{
    Expect, Mutant,
    behaviour::{Ack, Behaviour, Connection, Refusal, TurnedAway, Wall},
};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "always-200",
        bug: "every delivery is answered 200 without a look",
        killed_by: &["AUT-01"],
        expect: Expect::RootCause,
        behaviour: Behaviour {
            wall: Wall::Status(200),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-one-type-missed",
        bug: "tool.executed is not guarded",
        killed_by: &["AUT-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::PassesType("tool.executed"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-call-answered-missed",
        bug: "call.answered is not guarded",
        killed_by: &["AUT-01"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::PassesType("call.answered"),
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "effect-before-auth",
        bug: "the effect happens before the delivery is refused",
        killed_by: &["AUT-01", "AUT-02"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::AfterEffect,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-in-body",
        bug: "the token passes in the body too",
        killed_by: &["AUT-11"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::PassesTokenInBody,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-after-ack-of-invalid",
        bug: "an invalid body is acknowledged before the credential is looked at",
        killed_by: &["AUT-14"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::AcknowledgesInvalid,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-after-parse",
        bug: "an invalid body is refused before the credential is looked at",
        killed_by: &["AUT-14"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            refusal: Refusal::AfterParse,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-after-dedup",
        bug: "a duplicate is acknowledged before the credential is looked at",
        killed_by: &["AUT-15"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::AcknowledgesDuplicate,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-per-call",
        bug: "what belongs to a known call is let in without the credential",
        killed_by: &["AUT-15"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            refusal: Refusal::PassesKnownCall,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-per-connection",
        bug: "after one good credential the connection is trusted",
        killed_by: &["AUT-16"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::TrustedAfterGood,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-burns-connection",
        bug: "after one bad credential the connection is distrusted",
        killed_by: &["AUT-16", "LOD-05"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::RefusedAfterBad,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-leaves-body-behind",
        bug: "the body of a refused delivery is read as the next request",
        killed_by: &["AUT-16"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            connection: Connection::BodyLeftBehind,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-echoes-expected",
        bug: "a refusal quotes the expected credential",
        killed_by: &["AUT-23"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            turned_away: TurnedAway::EchoesExpected,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "ack-echoes-credential",
        bug: "an acknowledgement quotes the credential",
        killed_by: &["AUT-23"],
        expect: Expect::Failure,
        behaviour: Behaviour {
            ack: Ack::EchoesCredential,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-redirects-to-login",
        bug: "a refusal is a redirect to a login page",
        killed_by: &["AUT-02"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            turned_away: TurnedAway::RedirectsToLogin,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-refusal-500",
        bug: "a refusal is an exception that nobody caught",
        killed_by: &["AUT-02"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            turned_away: TurnedAway::ServerError,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "auth-refusal-plain-text",
        bug: "a refusal is a word, not JSON",
        killed_by: &["AUT-25"],
        expect: Expect::Finding,
        behaviour: Behaviour {
            turned_away: TurnedAway::PlainText,
            ..Behaviour::CORRECT
        },
    },
    Mutant {
        name: "refuses-secret",
        bug: "the right credential is refused like any other",
        killed_by: &[],
        expect: Expect::NoVerdict,
        behaviour: Behaviour {
            wall: Wall::Status(401),
            ..Behaviour::CORRECT
        },
    },
];
