//! One receiver's behaviour, whole: a choice for every point at which receivers differ.

use super::{
    Ack, BodyEnd, Capacity, Claim, Coding, Connection, Credential, Duplicate, EffectRule,
    Expectation, Failure, Framing, FullDisk, HangUp, Heads, Http2, Intake, Keeping, Key, Log,
    Media, Methods, OverLimit, Pace, Parse, ProbeFormat, Refusal, Repeated, Rotation, Slowness,
    StoreLoss, Stored, Style, Survival, TestEvent, TurnedAway, UnknownType, Validate, Wall,
    Workers,
};

/// The five documented event types.
pub(crate) const EVENT_TYPES: [&str; 5] = [
    "call.started",
    "call.answered",
    "transcription.update",
    "tool.executed",
    "call.ended",
];

/// What a receiver does at every point at which receivers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Behaviour {
    /// Whether deliveries get anywhere at all.
    pub(crate) wall: Wall,
    /// Which credential is let in.
    pub(crate) credential: Credential,
    /// Which secret counts once it has been replaced.
    pub(crate) rotation: Rotation,
    /// What happens to a delivery whose credential does not match.
    pub(crate) refusal: Refusal,
    /// How such a delivery is answered.
    pub(crate) turned_away: TurnedAway,
    /// What one request leaves behind for the next on its connection.
    pub(crate) connection: Connection,
    /// Which methods deliver.
    pub(crate) methods: Methods,
    /// Which media types are read.
    pub(crate) media: Media,
    /// How a body is taken off the connection.
    pub(crate) intake: Intake,
    /// The largest body in bytes.
    pub(crate) limit: usize,
    /// What a larger body does.
    pub(crate) over_limit: OverLimit,
    /// How bytes become JSON.
    pub(crate) parse: Parse,
    /// How JSON becomes an event.
    pub(crate) validate: Validate,
    /// The status of an invalid body.
    pub(crate) invalid_status: u16,
    /// What an undocumented event type does.
    pub(crate) unknown_type: UnknownType,
    /// What an event that only tests the connection does.
    pub(crate) test_event: TestEvent,
    /// What makes two events the same.
    pub(crate) key: Key,
    /// How a key is remembered.
    pub(crate) claim: Claim,
    /// What it means that the sender hangs up before the answer.
    pub(crate) hang_up: HangUp,
    /// How a duplicate is answered.
    pub(crate) duplicate: Duplicate,
    /// What an event does.
    pub(crate) effect: EffectRule,
    /// What becomes of contents on their way into an effect.
    pub(crate) keeping: Keeping,
    /// The event types that leave effects.
    pub(crate) effect_types: &'static [&'static str],
    /// The kinds of effect that an event leaves.
    pub(crate) effect_kinds: &'static [&'static str],
    /// Effects appear at random up to this many milliseconds after the acknowledgement.
    pub(crate) effect_delay_ms: u64,
    /// What is left once the process has ended.
    pub(crate) survival: Survival,
    /// How fast an event is worked on.
    pub(crate) pace: Pace,
    /// How many events are worked on at once.
    pub(crate) capacity: Capacity,
    /// How a fresh event is acknowledged.
    pub(crate) ack: Ack,
    /// When the acknowledgement's body ends.
    pub(crate) body_end: BodyEnd,
    /// Answers leave at random up to this many milliseconds late.
    pub(crate) answer_delay_ms: u64,
    /// How answers are delimited.
    pub(crate) framing: Framing,
    /// What answers say.
    pub(crate) style: Style,
    /// What waits while something that the receiver needs is slow.
    pub(crate) slowness: Slowness,
    /// What becomes of an event whose work fails.
    pub(crate) failure: Failure,
    /// What becomes of a delivery while the store cannot be reached.
    pub(crate) store_loss: StoreLoss,
    /// What becomes of a fresh event while the store cannot be written to.
    pub(crate) full_disk: FullDisk,
    /// How the probe answers.
    pub(crate) probe: ProbeFormat,
    /// What is logged.
    pub(crate) log: Log,
    /// Which versions of HTTP are spoken.
    pub(crate) http2: Http2,
    /// How heads are read.
    pub(crate) heads: Heads,
    /// What happens to senders that wait to be asked for the body.
    pub(crate) expectation: Expectation,
    /// How many connections are served at once.
    pub(crate) workers: Workers,
    /// What a compressed body is taken for.
    pub(crate) coding: Coding,
    /// Which of two members of one name counts.
    pub(crate) repeated: Repeated,
    /// What an effect keeps of its event's key.
    pub(crate) stored: Stored,
}

impl Behaviour {
    /// What a receiver should do; every mutant differs from it in one field.
    pub(crate) const CORRECT: Self = Self {
        wall: Wall::None,
        credential: Credential::Exact,
        rotation: Rotation::Prompt,
        refusal: Refusal::FromHeaders,
        turned_away: TurnedAway::Unauthorized,
        connection: Connection::Independent,
        methods: Methods::PostOnly,
        media: Media::Any,
        intake: Intake::Whole,
        limit: 8 * 1024 * 1024,
        over_limit: OverLimit::Refused,
        parse: Parse::Strict,
        validate: Validate::Identity,
        invalid_status: 400,
        unknown_type: UnknownType::Acknowledged,
        test_event: TestEvent::Usual,
        key: Key::Triple,
        claim: Claim::Atomic,
        hang_up: HangUp::Ignored,
        duplicate: Duplicate::Acknowledged,
        effect: EffectRule::Once,
        keeping: Keeping::Whole,
        effect_types: &EVENT_TYPES,
        effect_kinds: &["recorded"],
        effect_delay_ms: 0,
        survival: Survival::Whole,
        pace: Pace::Prompt,
        capacity: Capacity::Unbounded,
        ack: Ack::Ok,
        body_end: BodyEnd::Prompt,
        answer_delay_ms: 0,
        framing: Framing::Sized,
        style: Style::Json,
        slowness: Slowness::Effect,
        failure: Failure::Retried,
        store_loss: StoreLoss::Refused,
        full_disk: FullDisk::Refused,
        probe: ProbeFormat::Object,
        log: Log::Events,
        http2: Http2::Off,
        heads: Heads::Standard,
        expectation: Expectation::Asked,
        workers: Workers::Unbounded,
        coding: Coding::Unknown,
        repeated: Repeated::Last,
        stored: Stored::Exactly,
    };

    /// The names of the fields that differ from [`Behaviour::CORRECT`].
    #[cfg(test)]
    pub(crate) fn deviations(&self) -> Vec<&'static str> {
        // The pattern names every field and has no `..`: a new field does not compile until it is
        // compared too.
        macro_rules! differing {
            ($($field:ident)*) => {{
                let Self { $($field),* } = self;
                let mut names = Vec::new();
                $(if *$field != Self::CORRECT.$field { names.push(stringify!($field)); })*
                names
            }};
        }
        differing! {
            wall credential refusal turned_away connection methods media intake limit over_limit
            parse validate invalid_status unknown_type key claim hang_up duplicate effect
            effect_types effect_kinds effect_delay_ms survival pace capacity ack body_end
            answer_delay_ms framing style rotation slowness failure store_loss full_disk probe
            test_event keeping log http2 heads expectation workers coding repeated stored
        }
    }
}
