//! Choices about what happens while something around the receiver misbehaves.

/// What waits while something that the receiver needs is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slowness {
    /// The effect; the acknowledgement does not.
    Effect,
    /// The acknowledgement as well.
    Answer,
    /// The acknowledgement, and the entry of the key after it.
    Entry,
    /// The acknowledgement; a sender that hangs up meanwhile cancels the effect.
    Cancellable,
    /// The effect; after this many milliseconds another copy may take the event over.
    Lease(u64),
    /// The effect, and every duplicate.
    Duplicates,
}

/// What becomes of an event whose work fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is acknowledged, and worked on again until that succeeds.
    Retried,
    /// It is answered 503 and its key released, so that the sender brings it again (allowed).
    HandedBack,
    /// It is answered 500, its key stays.
    KeepsKey,
    /// It is acknowledged and forgotten.
    Forgotten,
    /// It is answered 503 and its key released, after its effect.
    EffectFirst,
    /// It is answered 503 and its key released, and worked on again all the same.
    RetriedToo,
    /// It is answered 500; copies are answered 409 from then on.
    Blocked,
    /// It is acknowledged and kept for later, and taking it up again ends the process.
    Crashes,
    /// It is answered 500, and so is every fresh event afterwards.
    ForGood,
}

/// What becomes of a delivery while the store cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreLoss {
    /// It is answered 503.
    Refused,
    /// It is acknowledged and forgotten.
    Acknowledged,
    /// It is taken for new, whether it is or not.
    Undeduplicated,
    /// It is not answered before the store is back.
    Waits,
    /// It is answered 503, and so is everything afterwards.
    NoWayBack,
}

/// What becomes of a fresh event while the store cannot be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FullDisk {
    /// It is answered 503, its key released.
    Refused,
    /// It is acknowledged and forgotten.
    Acknowledged,
}

/// Which secret counts once it has been replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// The next one, from then on.
    Prompt,
    /// The first one.
    Ignored,
    /// Each one that has ever counted.
    KeepsFormer,
    /// The next one, and every value that was let in before.
    RemembersAccepted,
    /// For each connection the one that counted at its first request.
    PerConnection,
}
