//! From the body of an admitted delivery to its acknowledgement: understand, claim, act, answer.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{sync::SemaphorePermit, time::sleep};

use super::{
    Session,
    event::{self, Event, Invalid, guessed},
    keys::{Claimed, EventKey, key_of},
    log,
    reception::{Receiver, spread},
    reply::Reply,
    scan,
    waiting::Lease,
};
use crate::{
    behaviour::{
        Ack, Capacity, Claim, Connection, Duplicate, HangUp, Http2, Intake, Pace, Repeated,
        Survival, TestEvent, UnknownType, Validate,
    },
    http::{Answer, Head, Length, Wire},
};

/// How long a faulty receiver looks whether the sender is still there.
const LOOK: Duration = Duration::from_millis(100);

impl Receiver {
    pub(super) async fn process(
        &self,
        wire: &mut Wire,
        head: &Head,
        body: &[u8],
        session: &mut Session,
    ) -> Reply {
        self.strain(body).await;
        let mut event = match event::understand(self.behaviour, body) {
            Ok(event) => {
                log::event(self.behaviour.log, &event, head, body);
                self.as_taken_in(event, head)
            }
            Err(invalid) => {
                session.had_invalid = true;
                return self.not_understood(&invalid, body);
            }
        };
        if std::mem::take(&mut session.had_invalid)
            && self.behaviour.connection == Connection::ErrorLeftBehind
        {
            return Reply::keep(self.say.error(400, "Invalid JSON"));
        }
        if !event.is_documented() {
            return self.unknown_type(event).await;
        }
        if let Some(reply) = self.over_pace() {
            return reply;
        }
        let Some(_place) = self.place().await else {
            return Reply::keep(self.say.error(503, "Overloaded"));
        };
        if let Some(reply) = self.without_store(&event).await {
            return reply;
        }
        let other = self.of_first_member(&event, body);
        if self.behaviour.repeated == Repeated::First {
            event = other.clone().unwrap_or(event);
        }
        let keyed = match (self.behaviour.repeated, &other) {
            (Repeated::FirstForKey, Some(other)) => other,
            _ => &event,
        };
        let key = key_of(self.behaviour.key, keyed, body);
        let claim = self
            .keys
            .claim(self.claim_rule(session), &key, &event, session);
        match claim.await {
            Claimed::Fresh => self.wait_for_lock().await,
            Claimed::Known => return self.duplicate(&key).await,
            Claimed::Busy => return Reply::keep(self.say.error(409, "In progress")),
        }
        self.store.take(&key, &event).await;
        if self.is_cancelled(wire).await {
            return Reply::close(self.say.error(400, "Sender is gone"));
        }
        if let Some(reply) = self.hampered(wire, &event, &key).await {
            return reply;
        }
        event.leaves_effect &= !self.is_beside_repeat();
        let count = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        self.act(event.clone(), count).await;
        if let (Repeated::Both, Some(other)) = (self.behaviour.repeated, other) {
            self.keys.enter(&key_of(self.behaviour.key, &other, body));
            self.act(other, count).await;
        }
        self.roll_back(wire, &key).await;
        self.labour(&event, body.len(), count).await;
        self.acknowledge(&event)
    }

    /// Parsing that takes longer than it should.
    async fn strain(&self, body: &[u8]) {
        if let Pace::SlowMembers(most, ms) = self.behaviour.pace
            && body.iter().filter(|byte| **byte == b'"').count() > most
        {
            sleep(Duration::from_millis(ms)).await;
        }
    }

    /// The event under its first call id, where its body has two.
    fn of_first_member(&self, event: &Event, body: &[u8]) -> Option<Event> {
        let call_id = scan::member(body, "callId").filter(|_| scan::is_repeated(body, "callId"))?;
        Some(Event {
            call_id,
            ..event.clone()
        })
    }

    fn claim_rule(&self, session: &Session) -> Claim {
        match self.behaviour.http2 {
            Http2::Races if session.is_http2 => Claim::CheckThenYield,
            _ => self.behaviour.claim,
        }
    }

    /// The event as the way it came leaves it.
    fn as_taken_in(&self, mut event: Event, head: &Head) -> Event {
        if self.behaviour.intake == Intake::ChunkedLosesEffect {
            event.leaves_effect = head.body_length().ok() != Some(Length::Chunked);
        }
        event
    }

    fn not_understood(&self, invalid: &Invalid, body: &[u8]) -> Reply {
        log::invalid(self.behaviour.log, &invalid.details);
        if self.behaviour.validate == Validate::MarksFirst
            && let Some(Event {
                call_id,
                event_type,
                timestamp,
                ..
            }) = guessed(body)
        {
            self.keys.enter(&[call_id, event_type, timestamp]);
        }
        self.invalid(invalid)
    }

    /// Whether the handler ends here because nobody waits for its answer any more.
    async fn is_cancelled(&self, wire: &mut Wire) -> bool {
        self.behaviour.hang_up == HangUp::LosesEffect && wire.hangs_up_within(LOOK).await
    }

    /// Forgets the key where an answer that cannot be delivered counts as a failure.
    async fn roll_back(&self, wire: &mut Wire, key: &EventKey) {
        if self.behaviour.hang_up == HangUp::ReleasesKey && wire.hangs_up_within(LOOK).await {
            self.keys.release(key);
            self.store.release(key).await;
        }
    }

    pub(super) fn invalid(&self, invalid: &Invalid) -> Reply {
        if invalid.stops_serving {
            self.stop();
        }
        Reply::keep(self.say.invalid(invalid.status, &invalid.details))
    }

    async fn unknown_type(&self, event: Event) -> Reply {
        let is_test = event.event_type == "test";
        match self.behaviour.test_event {
            TestEvent::Status(status) if is_test => {
                return Reply::keep(self.say.error(status, "Unknown event type"));
            }
            TestEvent::LeavesEffect | TestEvent::BareLeavesEffect if is_test => {
                self.journal.record(event).await;
            }
            _ => {}
        }
        Reply::keep(match self.behaviour.unknown_type {
            UnknownType::Acknowledged => self.say.unknown_type(),
            UnknownType::Unwarned => self.say.received(200),
            UnknownType::Status(status) => self.say.error(status, "Unknown event type"),
            UnknownType::Kills => std::process::abort(),
        })
    }

    /// The answer to an event beyond those that a second may have.
    fn over_pace(&self) -> Option<Reply> {
        match self.behaviour.capacity {
            Capacity::ShedsOver(most) if self.pace.count(1) > most => {
                Some(Reply::keep(self.say.error(503, "Overloaded")))
            }
            Capacity::ThrottlesOver(most) if self.pace.count(1) > most => {
                Some(Reply::keep(self.too_many()))
            }
            _ => None,
        }
    }

    /// A place to work in, or nothing where the event is shed.
    async fn place(&self) -> Option<SemaphorePermit<'_>> {
        let (place, ms) = match self.behaviour.capacity {
            Capacity::Unbounded | Capacity::ShedsOver(_) | Capacity::ThrottlesOver(_) => {
                return self.work.acquire().await.ok();
            }
            Capacity::Slots(_, ms) => (self.work.acquire().await.ok()?, ms),
            Capacity::Sheds(_, ms) => (self.work.try_acquire().ok()?, ms),
            Capacity::Breaks(_, ms) => {
                let place = self.work.try_acquire();
                if place.is_err() {
                    self.stop();
                }
                (place.ok()?, ms)
            }
        };
        sleep(Duration::from_millis(ms)).await;
        Some(place)
    }

    async fn wait_for_lock(&self) {
        if let Duplicate::Locks(_) = self.behaviour.duplicate {
            drop(self.lock.acquire().await);
        }
    }

    /// Whether a repeat takes this event's effect with it.
    fn is_beside_repeat(&self) -> bool {
        matches!(self.behaviour.duplicate, Duplicate::LosesOthers(_))
            && self.lock.available_permits() == 0
    }

    async fn duplicate(&self, key: &EventKey) -> Reply {
        self.hamper_duplicate().await;
        let status = match self.behaviour.duplicate {
            Duplicate::Unsaid => return Reply::keep(self.say.received(200)),
            Duplicate::Acknowledged => 200,
            Duplicate::Status(status) => status,
            Duplicate::ThrottledAfterThree if self.keys.repeats(key) > 3 => 429,
            Duplicate::ThrottledAfterThree => 200,
            Duplicate::Locks(ms) | Duplicate::LosesOthers(ms) => {
                let _lock = self.lock.acquire().await;
                sleep(Duration::from_millis(ms)).await;
                200
            }
            Duplicate::Slow(ms) => {
                sleep(Duration::from_millis(ms)).await;
                200
            }
        };
        Reply::keep(self.say.duplicate(status))
    }

    /// Lets the event have its effect, at once or soon.
    async fn act(&self, event: Event, count: u64) {
        let (ms, rule) = match self.behaviour.survival {
            Survival::QueueInMemory(ms) | Survival::CancelledByTerm(ms) => (ms, Lease::Kept),
            Survival::LeaseRunsOut(ms) => (ms, Lease::RunsOut),
            _ => (spread(count, self.behaviour.effect_delay_ms), Lease::Kept),
        };
        if ms == 0 {
            return self.journal.record(event).await;
        }
        let journal = Arc::clone(&self.journal);
        let time = Duration::from_millis(ms);
        self.waiting.start(event, time, rule, journal);
    }

    /// Work before the acknowledgement, which a good receiver leaves for afterwards.
    async fn labour(&self, event: &Event, size: usize, count: u64) {
        let ms = match self.behaviour.pace {
            Pace::Prompt | Pace::SlowMembers(..) => return,
            Pace::SlowFor(one, ms) if event.event_type == one => ms,
            Pace::SlowEvery(nth, ms) if count.is_multiple_of(nth) => ms,
            Pace::SlowAfter(first, ms) if count > first => ms,
            Pace::SlowFrom(least, ms) if size >= least => ms,
            Pace::SlowNonAscii(ms) if !event.data.to_string().is_ascii() => ms,
            Pace::SlowFor(..) | Pace::SlowEvery(..) | Pace::SlowAfter(..) => return,
            Pace::SlowFrom(..) | Pace::SlowNonAscii(_) => return,
        };
        sleep(Duration::from_millis(ms)).await;
    }

    pub(super) fn acknowledge(&self, event: &Event) -> Reply {
        let mut answer = match self.behaviour.ack {
            Ack::Ok => self.say.received(200),
            Ack::Status(status) => self.say.received(status),
            Ack::StatusFor(one, status) if event.event_type == one => self.say.received(status),
            Ack::StatusFor(..) => self.say.received(200),
            Ack::Redirect(status) => self
                .say
                .received(status)
                .with_header("Location", "/webhook/received"),
            Ack::Padded(size) => {
                let padded = serde_json::json!({ "received": true, "pad": "x".repeat(size) });
                self.say.write(200, &padded)
            }
            Ack::SaysDuplicate => self.say.duplicate(200),
            Ack::Unsaid => self.say.write(200, &serde_json::json!({ "ok": true })),
            Ack::EchoesEvent => {
                let page = format!("<p>Received {}</p>", event.data);
                Answer::new(200, "text/html; charset=utf-8", page)
            }
            Ack::EchoesCredential => {
                let seen = serde_json::json!({ "received": true, "as": &*self.gate.expected() });
                self.say.write(200, &seen)
            }
        };
        if event.event_type != "call.started" {
            answer.body_end = self.behaviour.body_end;
        }
        Reply::keep(answer)
    }
}
