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
    reception::{Receiver, spread},
    reply::Reply,
};
use crate::{
    behaviour::{Ack, Capacity, Duplicate, HangUp, Intake, Pace, UnknownType, Validate},
    http::{Head, Length, Wire},
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
        let event = match event::understand(self.behaviour, body) {
            Ok(event) => self.as_taken_in(event, head),
            Err(invalid) => return self.not_understood(&invalid, body),
        };
        if !event.is_documented() {
            return self.unknown_type();
        }
        let Some(_place) = self.place().await else {
            return Reply::keep(self.say.error(503, "Overloaded"));
        };
        if let Some(reply) = self.without_store(&event).await {
            return reply;
        }
        let key = key_of(self.behaviour.key, &event, body);
        let claim = self.keys.claim(self.behaviour.claim, &key, &event, session);
        match claim.await {
            Claimed::Fresh => {}
            Claimed::Known => return self.duplicate(&key).await,
            Claimed::Busy => return Reply::keep(self.say.error(409, "In progress")),
        }
        if self.is_cancelled(wire).await {
            return Reply::close(self.say.error(400, "Sender is gone"));
        }
        if let Some(reply) = self.hampered(wire, &event, &key).await {
            return reply;
        }
        let count = self.served.fetch_add(1, Ordering::Relaxed) + 1;
        self.act(event.clone(), count).await;
        self.roll_back(wire, &key).await;
        self.labour(&event, body.len(), count).await;
        self.acknowledge(&event)
    }

    /// The event as the way it came leaves it.
    fn as_taken_in(&self, mut event: Event, head: &Head) -> Event {
        if self.behaviour.intake == Intake::ChunkedLosesEffect {
            event.leaves_effect = head.body_length().ok() != Some(Length::Chunked);
        }
        event
    }

    fn not_understood(&self, invalid: &Invalid, body: &[u8]) -> Reply {
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
        }
    }

    pub(super) fn invalid(&self, invalid: &Invalid) -> Reply {
        if invalid.stops_serving {
            self.stop();
        }
        Reply::keep(self.say.invalid(invalid.status, &invalid.details))
    }

    fn unknown_type(&self) -> Reply {
        Reply::keep(match self.behaviour.unknown_type {
            UnknownType::Acknowledged => self.say.unknown_type(),
            UnknownType::Status(status) => self.say.error(status, "Unknown event type"),
            UnknownType::Kills => std::process::abort(),
        })
    }

    /// A place to work in, or nothing where the event is shed.
    async fn place(&self) -> Option<SemaphorePermit<'_>> {
        let (place, ms) = match self.behaviour.capacity {
            Capacity::Unbounded => return self.work.acquire().await.ok(),
            Capacity::Slots(_, ms) => (self.work.acquire().await.ok()?, ms),
            Capacity::Sheds(_, ms) => (self.work.try_acquire().ok()?, ms),
        };
        sleep(Duration::from_millis(ms)).await;
        Some(place)
    }

    async fn duplicate(&self, key: &EventKey) -> Reply {
        self.hamper_duplicate().await;
        let status = match self.behaviour.duplicate {
            Duplicate::Acknowledged => 200,
            Duplicate::Status(status) => status,
            Duplicate::ThrottledAfterThree if self.keys.repeats(key) > 3 => 429,
            Duplicate::ThrottledAfterThree => 200,
            Duplicate::Slow(ms) => {
                sleep(Duration::from_millis(ms)).await;
                200
            }
        };
        Reply::keep(self.say.duplicate(status))
    }

    /// Lets the event have its effect, at once or soon.
    async fn act(&self, event: Event, count: u64) {
        let ms = spread(count, self.behaviour.effect_delay_ms);
        if ms == 0 {
            return self.journal.record(event).await;
        }
        let journal = Arc::clone(&self.journal);
        tokio::spawn(async move {
            sleep(Duration::from_millis(ms)).await;
            journal.record(event).await;
        });
    }

    /// Work before the acknowledgement, which a good receiver leaves for afterwards.
    async fn labour(&self, event: &Event, size: usize, count: u64) {
        let ms = match self.behaviour.pace {
            Pace::Prompt => return,
            Pace::SlowFor(one, ms) if event.event_type == one => ms,
            Pace::SlowEvery(nth, ms) if count.is_multiple_of(nth) => ms,
            Pace::SlowFrom(least, ms) if size >= least => ms,
            Pace::SlowNonAscii(ms) if !event.data.to_string().is_ascii() => ms,
            Pace::SlowFor(..) | Pace::SlowEvery(..) | Pace::SlowFrom(..) => return,
            Pace::SlowNonAscii(_) => return,
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
