//! From a request's head to the body of a delivery: routing, authentication, and what is refused
//! before anything is understood.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

pub(crate) use super::reply::MAX_DRAIN;
use super::{
    Session, Then, coding,
    event::guessed,
    gate::Gate,
    journal::Journal,
    keys::Keys,
    probe,
    pulse::Pulse,
    recovery::recover,
    reply::{Reply, Stationery, expects_continue},
    store::Store,
    surroundings::Surroundings,
    waiting::Waiting,
};
use crate::{
    behaviour::{
        Behaviour, Capacity, Coding, Connection, Expectation, Heads, Http2, Intake, Media, Methods,
        OverLimit, Refusal, Survival, TurnedAway, Wall,
    },
    http::{Answer, BodyFault, Head, Length, Wire, read_body},
    secrets::Secrets,
};

/// Longer than any sender waits.
const FOREVER: Duration = Duration::from_secs(3600);
/// How long requests that are under way may hold up the end.
const LONGEST_WIND_UP: Duration = Duration::from_secs(10);

/// One specimen at work.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) behaviour: &'static Behaviour,
    pub(super) gate: Gate,
    pub(super) keys: Arc<Keys>,
    pub(super) journal: Arc<Journal>,
    pub(super) store: Arc<Store>,
    /// Events whose work is still to be done.
    pub(super) waiting: Waiting,
    pub(super) say: Stationery,
    pub(super) surroundings: Arc<Surroundings>,
    /// Places for events that are worked on.
    pub(super) work: Semaphore,
    /// What some repeats hold, and fresh events then wait for.
    pub(super) lock: Semaphore,
    /// Places for bodies that are read.
    reading: Semaphore,
    /// Events worked on so far.
    pub(super) served: AtomicU64,
    /// How many came in the second that runs.
    pub(super) pace: Pulse,
    answered: AtomicU64,
    has_stopped: AtomicBool,
    is_ending: AtomicBool,
    /// Requests that have come and are not answered.
    under_way: AtomicUsize,
}

impl Receiver {
    /// A specimen that remembers what it has recorded at this place, if there is one.
    pub(crate) async fn new(
        behaviour: &'static Behaviour,
        secrets: Secrets,
        state: Option<&Path>,
    ) -> io::Result<Self> {
        let (store, records) = Store::open(behaviour.survival, state)?;
        let store = Arc::new(store);
        let keys = Arc::new(Keys::default());
        let journal = Arc::new(Journal::new(behaviour, Arc::clone(&store)));
        for event in recover(behaviour.survival, records, &keys, &journal) {
            journal.record(event).await;
        }
        let work = match (behaviour.capacity, behaviour.refusal) {
            (_, Refusal::InPlace(count, _))
            | (Capacity::Slots(count, _), _)
            | (Capacity::Sheds(count, _) | Capacity::Breaks(count, _), _) => count,
            _ => Semaphore::MAX_PERMITS,
        };
        let reading = match behaviour.intake {
            Intake::AbortLeaksSlot(count) => count,
            _ => Semaphore::MAX_PERMITS,
        };
        Ok(Self {
            behaviour,
            gate: Gate::new(behaviour, secrets),
            keys,
            journal,
            store,
            waiting: Waiting::default(),
            say: Stationery(behaviour.style),
            surroundings: Arc::default(),
            work: Semaphore::new(work),
            lock: Semaphore::new(1),
            reading: Semaphore::new(reading),
            served: AtomicU64::new(0),
            pace: Pulse::default(),
            answered: AtomicU64::new(0),
            has_stopped: AtomicBool::new(false),
            is_ending: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
        })
    }

    /// Lets what is under way end, as one should who is asked to end.
    pub(crate) async fn wind_up(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
        match self.behaviour.survival {
            Survival::CutOffByTerm => return,
            Survival::CancelledByTerm(_) => self.waiting.cancel(&self.store).await,
            _ => {}
        }
        let began = Instant::now();
        while self.under_way.load(Ordering::SeqCst) > 0 && began.elapsed() < LONGEST_WIND_UP {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether connections are kept no longer.
    pub(crate) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::SeqCst)
    }

    /// Counts a request from its head to its answer.
    pub(crate) fn begin(&self) {
        self.under_way.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends what [`begin`](Self::begin) began.
    pub(crate) fn end(&self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }

    /// The answer to a request, or nothing where the connection just ends.
    pub(crate) async fn respond(
        &self,
        wire: &mut Wire,
        head: &Head,
        session: &mut Session,
    ) -> Option<Reply> {
        let answer = match (head.path.as_str(), head.method.as_str()) {
            ("/webhook", _) => return self.webhook(wire, head, session).await,
            ("/effects", "GET") => probe::effects(&self.journal, self.behaviour.probe, head),
            ("/effects", _) => self
                .say
                .error(405, "Method not allowed")
                .with_header("Allow", "GET"),
            (path, "POST") if self.surroundings.switch(path) => Answer::new(204, "", ""),
            _ => self.say.error(404, "Not found"),
        };
        Some(Reply {
            answer,
            then: Then::unread(head),
        })
    }

    async fn webhook(&self, wire: &mut Wire, head: &Head, session: &mut Session) -> Option<Reply> {
        if self.behaviour.http2 == Http2::Only && !session.is_http2 {
            return None;
        }
        match self.behaviour.wall {
            Wall::None | Wall::NotHttp => {}
            Wall::Status(status) => {
                let _ = self.read(wire, head).await;
                return Some(Reply::keep(self.say.received(status)));
            }
            Wall::Silent => {
                wire.hangs_up_within(FOREVER).await;
                return None;
            }
            Wall::Closes => return None,
            Wall::Slow(ms) => sleep(Duration::from_millis(ms)).await,
        }
        if self.behaviour.expectation == Expectation::Dropped && expects_continue(head) {
            return None;
        }
        session.requests += 1;
        let mut reply = if self.is_out_of_service(session) {
            Reply::close(self.say.error(503, "Service unavailable"))
        } else if self.behaviour.heads == Heads::NonAsciiFails && !head.is_ascii() {
            Reply::close(self.say.error(500, "Internal server error"))
        } else if !self.is_closed() && self.admits(head, session).await {
            match self.behaviour.turned_away {
                TurnedAway::ThrottlesAllWhile(most) if self.gate.recent_refusals(0) > most => {
                    Reply::close(self.too_many())
                }
                _ => self.deliver(wire, head, session).await,
            }
        } else {
            self.refuse(wire, head, session).await
        };
        reply.answer.framing = self.behaviour.framing;
        self.dawdle().await;
        Some(reply)
    }

    fn is_out_of_service(&self, session: &Session) -> bool {
        let is_worn_out = match self.behaviour.connection {
            Connection::Serves(count) => session.requests > count,
            _ => false,
        };
        is_worn_out || self.has_stopped.load(Ordering::Relaxed)
    }

    async fn admits(&self, head: &Head, session: &mut Session) -> bool {
        let is_unguarded = self.behaviour.http2 == Http2::LetsEverybodyIn && session.is_http2;
        is_unguarded || self.gate.admits(head, session).await
    }

    /// A request whose credential matches.
    async fn deliver(&self, wire: &mut Wire, head: &Head, session: &mut Session) -> Reply {
        if !self.delivers_by(&head.method) {
            let answer = self
                .say
                .error(405, "Method not allowed")
                .with_header("Allow", "POST");
            let then = match self.behaviour.connection {
                Connection::BodyOfOtherMethodsLeftBehind => Then::Keep,
                _ => Then::unread(head),
            };
            return Reply { answer, then };
        }
        if !self.reads_media_of(head) {
            let answer = self.say.error(415, "Unsupported media type");
            return Reply {
                answer,
                then: Then::unread(head),
            };
        }
        if self.behaviour.media == Media::Negotiated && !accepts_json(head) {
            return Reply {
                answer: self.say.error(406, "Not acceptable"),
                then: Then::unread(head),
            };
        }
        if self.behaviour.expectation == Expectation::Refused && expects_continue(head) {
            return Reply::close(self.say.error(417, "Expectation failed"));
        }
        match self.read(wire, head).await {
            Ok(body) => match self.decoded(head, body) {
                Ok(body) => self.process(wire, head, &body, session).await,
                Err(status) => Reply::keep(self.say.error(status, "Cannot be unpacked")),
            },
            Err(fault) => self.no_body(&fault).await,
        }
    }

    /// The body as JSON may be expected in it.
    fn decoded(&self, head: &Head, body: Vec<u8>) -> Result<Vec<u8>, u16> {
        if self.behaviour.coding != Coding::Unknown && head.says("content-encoding", "gzip") {
            return coding::unpacked(self.behaviour.coding, body, self.behaviour.limit);
        }
        let is_form = head.says("content-type", "application/x-www-form-urlencoded");
        if self.behaviour.media == Media::FormsToo && is_form && !body.starts_with(b"{") {
            return Ok(coding::form(&body));
        }
        Ok(body)
    }

    fn delivers_by(&self, method: &str) -> bool {
        match self.behaviour.methods {
            Methods::PostOnly => method == "POST",
            Methods::Any => true,
            Methods::Also(one) => method == "POST" || method == one,
            Methods::PatchKills if method == "PATCH" => std::process::abort(),
            Methods::PatchKills => method == "POST",
        }
    }

    fn reads_media_of(&self, head: &Head) -> bool {
        let types = head.values("content-type");
        let own = types.first().copied().unwrap_or_default();
        let essence = own
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        match self.behaviour.media {
            Media::MissingKills if types.is_empty() => std::process::abort(),
            Media::Any | Media::MissingKills | Media::FormsToo | Media::Negotiated => true,
            Media::BareJson => own.eq_ignore_ascii_case(b"application/json"),
            Media::JsonOnly => essence.eq_ignore_ascii_case(b"application/json"),
        }
    }

    /// The body, asked for first where the sender waits to be asked.
    pub(super) async fn read(&self, wire: &mut Wire, head: &Head) -> Result<Vec<u8>, BodyFault> {
        let length = head.body_length().or(Err(BodyFault::Malformed))?;
        let limit = self.behaviour.limit;
        let fits = !matches!(length, Length::Known(length) if length > limit);
        if fits && expects_continue(head) && self.behaviour.expectation == Expectation::Asked {
            wire.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let place = self.reading.acquire().await;
        let body = read_body(wire, length, limit, self.behaviour.intake).await;
        if let (Ok(place), Intake::AbortLeaksSlot(_), Err(BodyFault::Aborted(_))) =
            (place, self.behaviour.intake, &body)
        {
            place.forget();
        }
        body
    }

    /// The answer where no body came. Every such connection is closed: nobody knows where its next
    /// request begins.
    async fn no_body(&self, fault: &BodyFault) -> Reply {
        let (status, error) = match fault {
            BodyFault::Aborted(part) => {
                match self.behaviour.intake {
                    Intake::AbortTakesEffect => {
                        if let Some(event) = guessed(part) {
                            self.journal.record(event).await;
                        }
                    }
                    Intake::AbortKills => std::process::abort(),
                    _ => {}
                }
                (400, "Incomplete body")
            }
            BodyFault::TooLarge => {
                match self.behaviour.over_limit {
                    OverLimit::Refused => {}
                    OverLimit::StopsServing => self.stop(),
                    OverLimit::Kills => std::process::abort(),
                }
                (413, "Body too large")
            }
            BodyFault::Malformed => (400, "Malformed body"),
            BodyFault::Late => (408, "Body too slow"),
            BodyFault::LengthRequired => (411, "Length required"),
        };
        Reply::close(self.say.error(status, error))
    }

    /// Nothing is served from now on.
    pub(super) fn stop(&self) {
        self.has_stopped.store(true, Ordering::Relaxed);
    }

    /// Spreads answers over the delay that the behaviour allows itself.
    async fn dawdle(&self) {
        let count = self.answered.fetch_add(1, Ordering::Relaxed);
        let ms = spread(count, self.behaviour.answer_delay_ms);
        if ms > 0 {
            sleep(Duration::from_millis(ms)).await;
        }
    }
}

fn accepts_json(head: &Head) -> bool {
    let accepted = head.values("accept");
    let is_fine = |value: &&[u8]| {
        let value = String::from_utf8_lossy(value);
        value.contains("json") || value.contains("*/*")
    };
    accepted.is_empty() || accepted.iter().any(is_fine)
}

/// The `count`-th of a sequence that is spread evenly over `0..=most`, with neighbours far apart;
/// as good as chance here, and the same in every run.
pub(super) fn spread(count: u64, most: u64) -> u64 {
    (count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % (most + 1)
}
