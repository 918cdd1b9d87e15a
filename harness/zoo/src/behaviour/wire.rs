//! Choices about HTTP itself: versions, heads, connections and what is held against them.

/// Which versions of HTTP are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http2 {
    /// HTTP/1.1 alone.
    Off,
    /// HTTP/2 as well, with prior knowledge (allowed).
    Served,
    /// HTTP/2 alone (allowed).
    Only,
    /// HTTP/2 as well; there the look-up of a key and its entry are two steps.
    Races,
    /// HTTP/2 as well; there nobody looks at the credential.
    LetsEverybodyIn,
}

/// How heads are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heads {
    /// By the standard.
    Standard,
    /// More than this many bytes of them are refused with 431 (allowed).
    Below(usize),
    /// Headers whose names are in lower case are not found.
    LowerCaseUnseen,
    /// More than this many headers end the connection.
    FewerThan(usize),
    /// The last of several lengths counts.
    LastLengthWins,
    /// A header value outside ASCII is an internal error.
    NonAsciiFails,
}

/// What happens to senders that wait to be asked for the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// They are asked for it.
    Asked,
    /// They are answered 417 (allowed).
    Refused,
    /// They wait until they are tired of it.
    Ignored,
    /// Their connection is closed.
    Dropped,
}

/// How many connections are served at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workers {
    /// All.
    Unbounded,
    /// So many, and a silent one counts.
    OnePerConnection(usize),
    /// So many, and one whose request has begun counts until it is answered.
    OnePerRequest(usize),
    /// So many, and one that has ended still counts.
    NeverReturned(usize),
    /// All, each so many microseconds later than the one before it.
    LaterEachTime(u64),
}
