//! Choices about effects, about work and its limits, and about what the sender is told.

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EffectRule {
    /// It leaves one effect of each kind.
    Once,
    /// It leaves two if it is of this type.
    TwiceFor(&'static str),
    /// It leaves none if it is the call's so-many-th.
    LosesNthOfCall(usize),
    /// It pushes out the oldest of its call beyond so many.
    KeepsLastOfCall(usize),
    /// It leaves none after its call has ended.
    NoneAfterEnd,
    /// It is added to a copy of the list that replaces the list so many milliseconds later.
    LostUpdate(u64),
    /// It waits in a queue of so many for a worker that takes so many milliseconds each; when the
    /// queue is full it is dropped.
    Queue(usize, u64),
    /// The same, and only events of this type wait there.
    QueueFor(&'static str, usize, u64),
    /// It leaves none after one of its call that its handler cannot read.
    JamsCall,
    /// It tells nothing after its call has ended.
    UntoldAfterEnd,
    /// It holds the data of whichever event came last in so many milliseconds.
    HoldsLastData(u64),
}

/// How fast an event is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// At once.
    Prompt,
    /// So many milliseconds if it is of this type.
    SlowFor(&'static str, u64),
    /// So many milliseconds for every so-many-th event.
    SlowEvery(u64, u64),
    /// So many milliseconds for each event after the first so many.
    SlowAfter(u64, u64),
    /// So many milliseconds for a body of so many bytes or more.
    SlowFrom(usize, u64),
    /// So many milliseconds if its text is not ASCII.
    SlowNonAscii(u64),
    /// So many milliseconds for a body with more than so many quotation marks.
    SlowMembers(usize, u64),
}

/// How many events are worked on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// All.
    Unbounded,
    /// So many, each so many milliseconds; the others wait.
    Slots(usize, u64),
    /// So many, each so many milliseconds; the others are answered 503.
    Sheds(usize, u64),
    /// So many, each so many milliseconds; one more, and nothing is served from then on.
    Breaks(usize, u64),
    /// So many a second; the others are answered 503.
    ShedsOver(u64),
    /// So many a second; the others are answered 429 and told when to come again (allowed).
    ThrottlesOver(u64),
}

/// How a fresh event is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ack {
    /// 200.
    Ok,
    /// This status.
    Status(u16),
    /// This status if it is of this type.
    StatusFor(&'static str, u16),
    /// This redirect, to another path of the same receiver.
    Redirect(u16),
    /// 200 with so many further bytes.
    Padded(usize),
    /// 200 that says something else than that it was received.
    Unsaid,
    /// 200 that says that it is a duplicate.
    SaysDuplicate,
    /// 200 that quotes the credential.
    EchoesCredential,
    /// 200 that quotes the event.
    EchoesEvent,
}

/// When the acknowledgement's body ends. The faulty choices spare `call.started`: as a fault of all
/// types they would be one root cause before any case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// With the head.
    Prompt,
    /// So many milliseconds after the head.
    Late(u64),
    /// So many milliseconds after the head, byte by byte.
    Trickled(u64),
    /// Never: the last chunk is missing and the connection stays open.
    Never,
}

/// How answers are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// By `Content-Length`.
    Sized,
    /// By chunks, where the sender knows them (allowed).
    Chunked,
    /// By chunks, also for senders of HTTP/1.0.
    ChunkedForAll,
    /// By the end of the connection (allowed).
    UntilClose,
    /// By a `Content-Length` that is one too small.
    OneShort,
}

/// What answers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// JSON.
    Json,
    /// JSON, with a stack trace where something is wrong.
    Traces,
    /// JSON that calls itself HTML.
    Mislabelled,
    /// Words that call themselves JSON.
    PlainAsJson,
    /// Nothing when all is well, a page of HTML otherwise (allowed).
    EmptyOrHtml,
}

/// How the probe answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProbeFormat {
    /// `{"effects":[…]}`.
    Object,
    /// One record a line (allowed).
    Ndjson,
}
