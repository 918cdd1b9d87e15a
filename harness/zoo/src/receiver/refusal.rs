//! What happens to a request whose credential does not match.

use std::time::Duration;

use tokio::time::sleep;

use super::{Receiver, Session, Then, event, keys::key_of, log, reply::Reply};
use crate::{
    behaviour::{Connection, Intake, Refusal, TurnedAway},
    http::{Answer, Head, Length, Wire, read_body},
};

impl Receiver {
    /// A request whose credential does not match: refused on its headers alone.
    pub(super) async fn refuse(
        &self,
        wire: &mut Wire,
        head: &Head,
        session: &mut Session,
    ) -> Reply {
        log::refused(self.behaviour.log, head, &self.gate.expected());
        let then = match self.behaviour.connection {
            Connection::BodyLeftBehind => Then::Keep,
            _ => Then::unread(head),
        };
        let reply = Reply {
            answer: self.turned_away(),
            then,
        };
        match self.behaviour.refusal {
            Refusal::FromHeaders => reply,
            rule => self.refuse_late(rule, reply, wire, head, session).await,
        }
    }

    /// The faulty orders: the body of a request that will be refused is looked at first.
    async fn refuse_late(
        &self,
        rule: Refusal,
        refused: Reply,
        wire: &mut Wire,
        head: &Head,
        session: &mut Session,
    ) -> Reply {
        if let Refusal::InPlace(_, ms) = rule {
            let _place = self.work.acquire().await;
            sleep(Duration::from_millis(ms)).await;
            return refused;
        }
        if rule == Refusal::AfterBody {
            let length = head.body_length().unwrap_or(Length::Known(0));
            let _ = read_body(wire, length, usize::MAX, Intake::Whole).await;
            return Reply::close(refused.answer);
        }
        let Ok(body) = self.read(wire, head).await else {
            return Reply::close(refused.answer);
        };
        let event = match event::understand(self.behaviour, &body) {
            Ok(event) => event,
            Err(invalid) if rule == Refusal::AfterParse => return self.invalid(&invalid),
            Err(_) if rule == Refusal::AcknowledgesInvalid => {
                return Reply::keep(self.say.processing_error());
            }
            Err(_) => return Reply::keep(refused.answer),
        };
        let key = key_of(self.behaviour.key, &event, &body);
        let passes = match rule {
            Refusal::FromHeaders
            | Refusal::AfterParse
            | Refusal::AcknowledgesInvalid
            | Refusal::InPlace(..) => false,
            Refusal::AcknowledgesDuplicate if self.keys.holds(&key) => {
                return Reply::keep(self.say.duplicate(200));
            }
            Refusal::AcknowledgesDuplicate => false,
            Refusal::MarksKey => {
                self.keys.enter(&key);
                false
            }
            Refusal::AfterEffect => {
                self.journal.record(event).await;
                false
            }
            Refusal::AfterBody => false,
            Refusal::PassesMethod(method) => head.method == method,
            Refusal::PassesType(one) => event.event_type == one,
            Refusal::PassesKnownCall => self.keys.holds_call(&event.call_id),
            Refusal::PassesTokenInBody => {
                let token = self.gate.token();
                body.windows(token.len())
                    .any(|part| part == token.as_bytes())
            }
        };
        if passes {
            return self.process(wire, head, &body, session).await;
        }
        Reply::keep(refused.answer)
    }

    pub(super) fn too_many(&self) -> Answer {
        let answer = self.say.error(429, "Too many requests");
        answer.with_header("Retry-After", "1")
    }

    /// Whether nobody is let in any more, whatever they hold.
    pub(super) fn is_closed(&self) -> bool {
        match self.behaviour.turned_away {
            TurnedAway::ThrottlesAllAfter(count) => self.gate.refusals() > count,
            _ => false,
        }
    }

    fn turned_away(&self) -> Answer {
        let unauthorized = || {
            let answer = self.say.error(401, "Unauthorized");
            answer.with_header("WWW-Authenticate", "Bearer")
        };
        match self.behaviour.turned_away {
            TurnedAway::Unauthorized => unauthorized(),
            TurnedAway::Forbidden => self.say.error(403, "Forbidden"),
            TurnedAway::ThrottledAfter(count) if self.gate.refusals() > count => self.too_many(),
            TurnedAway::ThrottlesAllWhile(count) if self.gate.recent_refusals(1) > count => {
                self.too_many()
            }
            TurnedAway::ThrottlesBarely(count) if self.gate.refusals() > count => {
                self.say.error(429, "Too many requests")
            }
            TurnedAway::ThrottlesAllAfter(count) if self.gate.refusals() > count => self
                .say
                .error(429, "Too many requests")
                .with_header("Retry-After", "900"),
            TurnedAway::ThrottledAfter(_)
            | TurnedAway::ThrottlesAllWhile(_)
            | TurnedAway::ThrottlesBarely(_)
            | TurnedAway::ThrottlesAllAfter(_) => unauthorized(),
            TurnedAway::PlainText => Answer::new(401, "text/plain", "Unauthorized\n")
                .with_header("WWW-Authenticate", "Bearer"),
            TurnedAway::EchoesExpected => {
                let error = format!("Expected {}", self.gate.expected());
                self.say
                    .error(401, &error)
                    .with_header("WWW-Authenticate", "Bearer")
            }
            TurnedAway::RedirectsToLogin => self
                .say
                .error(302, "Log in first")
                .with_header("Location", "/login"),
            TurnedAway::ServerError => self.say.error(500, "Internal server error"),
        }
    }
}
