//! Choices about who gets in, and what becomes of those who do not.

/// Whether deliveries get anywhere at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wall {
    /// They do.
    None,
    /// Every delivery gets this status, unread.
    Status(u16),
    /// No delivery is ever answered.
    Silent,
    /// The connection is closed instead of an answer.
    Closes,
    /// Everything waits this many milliseconds first.
    Slow(u64),
    /// The port speaks something else than HTTP.
    NotHttp,
}

/// Which credential is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// One header with exactly the expected value; only the scheme's letter case is free.
    Exact,
    /// Anybody.
    Off,
    /// A missing header is no reason to refuse; a wrong one is.
    AbsentPasses,
    /// Any header, whatever it says.
    PresenceOnly,
    /// Any token under the right scheme.
    AnyToken,
    /// A token of the expected length.
    LengthOnly,
    /// A value that begins with the expected one.
    ExpectedIsPrefix,
    /// A token of eight or more characters with which the expected one begins.
    IsPrefixOfExpected,
    /// The first eight characters of the token count.
    FirstEight,
    /// The first half of the token counts, and its length.
    FirstHalf,
    /// All but the last character count.
    AllButLast,
    /// All but the first character count.
    AllButFirst,
    /// An empty token under the right scheme passes.
    EmptyTokenPasses,
    /// An empty header passes.
    EmptyHeaderPasses,
    /// The scheme is not looked at.
    AnyScheme,
    /// The token passes without a scheme too.
    RawTokenPasses,
    /// The token passes under the scheme `Basic` too.
    BasicPasses,
    /// Letter case does not count.
    CaseFolded,
    /// Letter case counts in the scheme too.
    SchemeCaseMatters,
    /// The expected value may stand anywhere in the header.
    Contains,
    /// One of the header's comma-separated parts must match.
    AnyOfList,
    /// One of several headers must match.
    AnyOfSeveral,
    /// The first of several headers must match.
    FirstOfSeveral,
    /// The last of several headers must match.
    LastOfSeveral,
    /// The token passes in another place too.
    AlsoIn(Place),
    /// After this many refusals nobody gets in any more.
    LockoutAfter(u64),
    /// Every so-many-th bad credential passes.
    PassesEvery(u64),
    /// Somebody else is asked; when more than so many ask at once, everybody passes.
    AsksElsewhere(usize),
    /// The comparison ends with the first difference, so many nanoseconds per byte.
    LeaksTime(u64),
    /// A value that is not ASCII ends the process.
    NonAsciiKills,
}

/// Where a token has no business to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Any parameter of the query.
    Query,
    /// Any cookie.
    Cookie,
    /// The header `X-Api-Key`.
    ApiKey,
}

/// What happens to a delivery whose credential does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is refused on its headers alone.
    FromHeaders,
    /// Its body is parsed first: an invalid one is answered as such.
    AfterParse,
    /// Its body is parsed first: an invalid one is acknowledged with a note.
    AcknowledgesInvalid,
    /// It is looked up first: a duplicate is acknowledged.
    AcknowledgesDuplicate,
    /// Its key is marked as seen, then it is refused.
    MarksKey,
    /// Its effect happens, then it is refused.
    AfterEffect,
    /// Its whole body is read, whatever its size, then it is refused.
    AfterBody,
    /// It is refused so many milliseconds later, from one of so many places that events need too.
    InPlace(usize, u64),
    /// It is let in all the same by this method, where the method delivers at all.
    PassesMethod(&'static str),
    /// It is let in all the same if it is of this type.
    PassesType(&'static str),
    /// It is let in all the same if its call is known.
    PassesKnownCall,
    /// It is let in all the same if its body holds the token.
    PassesTokenInBody,
}

/// How such a delivery is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    /// 401 with a challenge.
    Unauthorized,
    /// 403 without one (allowed).
    Forbidden,
    /// 401, and 429 after this many refusals (allowed).
    ThrottledAfter(u64),
    /// 401, and 429 for everybody while there were more refusals than this within a second.
    ThrottlesAllWhile(u64),
    /// 401, and 429 after this many refusals, without a word about when to come again.
    ThrottlesBarely(u64),
    /// 401, and after this many refusals 429 for everybody, with a wait of 15 minutes.
    ThrottlesAllAfter(u64),
    /// 401 with a challenge, in plain text (allowed).
    PlainText,
    /// 401 that quotes the expected value.
    EchoesExpected,
    /// A redirect to a login page.
    RedirectsToLogin,
    /// 500, as an exception that nobody caught.
    ServerError,
}

/// What one request leaves behind for the next on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// Nothing.
    Independent,
    /// Nothing, as each answer closes it (allowed).
    ClosedEachTime,
    /// Trust: after one good credential it is not looked at again.
    TrustedAfterGood,
    /// Nothing; but one that was silent for so many seconds is not answered any more.
    DeadAfterSilence(u64),
    /// Distrust: after one bad credential none is good.
    RefusedAfterBad,
    /// The error of an invalid body, which is then the next event's answer.
    ErrorLeftBehind,
    /// The body of a refused delivery, which is then read as a request.
    BodyLeftBehind,
    /// The body of a delivery by another method, which is then read as a request.
    BodyOfOtherMethodsLeftBehind,
    /// A count: from its so-many-th request on it is answered 503.
    Serves(u64),
    /// Nothing; but where the sender asks for its end, it ends before the answer does.
    EndsBeforeAnswer,
}
