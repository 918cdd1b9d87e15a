//! Choices about which events are the same, and how that is remembered.

/// What makes two events the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// `callId`, `eventType` and `timestamp`, compared byte for byte.
    Triple,
    /// `callId`.
    CallId,
    /// `callId` and `eventType`.
    CallIdType,
    /// `callId` and `timestamp`.
    CallIdTimestamp,
    /// `eventType` and `timestamp`.
    TypeTimestamp,
    /// The triple, but for this type without `timestamp`.
    TimelessFor(&'static str),
    /// The bytes of the body.
    BodyBytes,
    /// The parsed body, its members in the order in which they came.
    ParsedBody,
    /// The triple as it stands in the body, escapes included.
    RawText,
    /// The triple, `timestamp` to the second.
    ToTheSecond,
    /// The triple without regard to letter case.
    NoCase,
    /// The triple without surrounding white space.
    Trimmed,
    /// The triple, the first 255 characters of each.
    First255,
    /// The triple joined with colons.
    Joined,
    /// The triple, each up to its first NUL.
    ToNul,
    /// The triple and `agentName`.
    WithAgentName,
}

/// Which of two members of one name counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// The last.
    Last,
    /// The first (allowed).
    First,
    /// Both: the event takes effect under each.
    Both,
    /// The first for the look-up of the key, the last for the effect.
    FirstForKey,
}

/// What an effect keeps of its event's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// All of it.
    Exactly,
    /// Each text up to its first NUL.
    ToNul,
    /// Each text without control characters.
    WithoutControls,
    /// The call id with an underscore for what has a meaning elsewhere.
    Sanitised,
    /// Each text with its line ends made equal.
    EqualLineEnds,
    /// A timestamp that is no date becomes 1970.
    DatesOnly,
}

/// How a key is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Look-up and entry are one step.
    Atomic,
    /// Not at all.
    Never,
    /// Not for this type.
    NotFor(&'static str),
    /// Look-up, then this many milliseconds, then entry.
    CheckThenSleep(u64),
    /// Look-up, then a moment for others to run, then entry.
    CheckThenYield,
    /// Entry this many milliseconds after the acknowledgement.
    Late(u64),
    /// For the connection it came on.
    PerConnection,
    /// By one of two replicas that do not share a store.
    PerReplica,
    /// For the URL it came by.
    PerUrl,
    /// A duplicate wipes the entry.
    Toggled,
    /// Only the last so many keys.
    Last(usize),
    /// For so many milliseconds.
    ExpiresAfter(u64),
    /// As in progress for this many milliseconds; copies are turned away with 409 meanwhile.
    LockedFor(u64),
}

/// What it means that the sender hangs up before the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HangUp {
    /// Nothing.
    Ignored,
    /// The handler is cancelled between key and effect.
    LosesEffect,
    /// The key is released although the effect has happened.
    ReleasesKey,
    /// A sender that has finished sending gets no answer.
    LosesAnswer,
}

/// How a duplicate is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duplicate {
    /// 200, and it says so.
    Acknowledged,
    /// 200, as if it were the first.
    Unsaid,
    /// This status.
    Status(u16),
    /// 200 for the first three, then 429.
    ThrottledAfterThree,
    /// 200 after this many milliseconds.
    Slow(u64),
    /// 200, after so many milliseconds with the lock that fresh events need too.
    Locks(u64),
    /// 200 after this many milliseconds, in which fresh events are acknowledged and lost.
    LosesOthers(u64),
}
