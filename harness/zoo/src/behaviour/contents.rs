//! Choices about what a request may be and how its body becomes an event.

/// Which methods deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Methods {
    /// POST.
    PostOnly,
    /// All of them.
    Any,
    /// POST and this one.
    Also(&'static str),
    /// POST; a PATCH ends the process.
    PatchKills,
}

/// Which media types are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// Any; the body itself shows whether it is JSON.
    Any,
    /// `application/json` without parameters.
    BareJson,
    /// `application/json`, with or without parameters (allowed).
    JsonOnly,
    /// A request without a media type ends the process.
    MissingKills,
    /// Any; the fields of a form are taken for the members of an event.
    FormsToo,
    /// Any; but an answer that the sender does not accept is 406.
    Negotiated,
}

/// How a body is taken off the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intake {
    /// To its end, sized or chunked.
    Whole,
    /// Chunked bodies are refused.
    NoChunked,
    /// Only a chunked body's first chunk is kept.
    FirstChunkOnly,
    /// Chunk sizes are read as decimal numbers.
    DecimalChunkSizes,
    /// Chunked deliveries are acknowledged, but their effect is lost.
    ChunkedLosesEffect,
    /// What one read returns is taken for the whole.
    SingleRead,
    /// The whole body must arrive within this many milliseconds.
    Within(u64),
    /// Each piece must arrive within this many milliseconds.
    EachWithin(u64),
    /// An aborted body takes effect as far as it is understood.
    AbortTakesEffect,
    /// An aborted body ends the process.
    AbortKills,
    /// An aborted body keeps its place among this many.
    AbortLeaksSlot(usize),
    /// Chunk sizes may have a prefix or a sign.
    LenientChunkSizes,
}

/// What a compressed body is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// For what it is as it comes: no JSON.
    Unknown,
    /// It is unpacked, up to the limit for bodies (allowed).
    Unpacked,
    /// It is unpacked, and more than 64 MiB end the process.
    UnpackedWithoutLimit,
    /// It is unpacked, and a wrong checksum ends the process.
    CorruptKills,
    /// It is unpacked, and its checksum is not looked at.
    Unchecked,
}

/// What a body over the limit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverLimit {
    /// 413, and the connection is closed.
    Refused,
    /// 413, and nothing is served from then on.
    StopsServing,
    /// The process ends, as if the memory had run out.
    Kills,
}

/// How bytes become JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parse {
    /// By the standard, with a bound on nesting.
    Strict,
    /// An empty body ends the process.
    EmptyKills,
    /// An empty body fails while a lock is held, which stays poisoned.
    EmptyStopsServing,
    /// A one-byte body ends the process.
    OneByteKills,
    /// What is cut off at the end is guessed.
    GuessesEnd,
    /// One missing brace at the end is forgiven.
    ForgivesLastByte,
    /// A top-level `null` ends the process.
    NullKills,
    /// An array stands for its first element.
    UnwrapsArray,
    /// A JSON string at top level stops the service.
    ScalarStopsServing,
    /// A recursive parser on a stack of this many KiB, without a bound on nesting.
    Recursive(usize),
    /// Too deep a body takes the parser out of service.
    DeepStopsServing,
    /// What follows the first value is ignored.
    IgnoresRest,
    /// Invalid UTF-8 is replaced.
    ReplacesInvalidUtf8,
    /// Characters outside ASCII are an internal error.
    AsciiOnly,
    /// Characters outside the basic plane are an internal error.
    BasicPlaneOnly,
    /// A number beyond a double ends the process.
    OverflowKills,
}

/// How JSON becomes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validate {
    /// The three identifying members are non-empty strings.
    Identity,
    /// All seven envelope members are there, and `data` is an object (allowed).
    AllSeven,
    /// Envelope members beyond the seven are refused.
    RefusesUnknown,
    /// Envelope members beyond the seven make the effect fail silently.
    UnknownLosesEffect,
    /// Members of `data` that are optional are dereferenced.
    NeedsOptional,
    /// A missing `timestamp` becomes the present.
    MissingTimestampIsNow,
    /// A missing `eventType` becomes `call.ended`.
    MissingTypeIsEnded,
    /// A missing identifying member is an internal error.
    MissingIsServerError,
    /// A missing `callId` ends the process.
    MissingCallIdKills,
    /// Numbers, booleans and null become strings.
    Stringifies,
    /// Empty strings will do.
    EmptyPasses,
    /// An identifying member that is an object ends the process.
    ObjectKills,
    /// An outcome field that is null is dereferenced.
    DereferencesNull,
    /// An outcome field that looks like JSON is parsed, and not parsing is an internal error.
    ParsesStrings,
    /// An outcome's `number_of_speakers` has to be text.
    SpeakersAsText,
    /// An outcome's `number_of_speakers` has to be a number.
    SpeakersAsNumber,
    /// Member names are matched without regard to letter case.
    NamesNoCase,
    /// The key of an invalid event is marked as seen.
    MarksFirst,
    /// The type is matched without regard to letter case.
    TypeNoCase,
    /// The type is matched without the white space around it.
    TypeTrimmed,
    /// A null anywhere in `data` is refused.
    RefusesNull,
    /// `data` is read without a look at what it is, which is an internal error.
    ReadsData,
    /// A `data` that is null ends the process.
    NullDataKills,
    /// A recording that is no text ends the process.
    RecordingKills,
}

/// What an undocumented event type does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownType {
    /// It is acknowledged with a warning and has no effect.
    Acknowledged,
    /// It is acknowledged without a word.
    Unwarned,
    /// This status.
    Status(u16),
    /// It ends the process.
    Kills,
}

/// What an event of the type `test`, or a bare `{"test": true}`, does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestEvent {
    /// What any unknown type, and any invalid body, does.
    Usual,
    /// This status for an event of the type.
    Status(u16),
    /// An event of the type has an effect.
    LeavesEffect,
    /// This status for a bare one.
    BareStatus(u16),
    /// A bare one is taken for an event of the type and has an effect.
    BareLeavesEffect,
}
