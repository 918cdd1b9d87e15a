//! Choices about what is left once the process has ended.

/// What is left of what a receiver has taken once its process has ended, by whatever signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Survival {
    /// All of it: key and work are written in one step before the acknowledgement, work that was
    /// not done is done at the next start, and SIGTERM lets what is under way end.
    Whole,
    /// Effects; the keys are in memory.
    EffectsOnly,
    /// Keys; the effects are in memory.
    KeysOnly,
    /// Nothing.
    Nothing,
    /// All but what is of this type.
    NotOf(&'static str),
    /// What was written this many milliseconds ago; the acknowledgement does not wait for it.
    WrittenLate(u64),
    /// All but the last so many records, which wait in a buffer.
    AllButLast(usize),
    /// All, but the key is written this many milliseconds before the work: a key alone is taken for
    /// the whole.
    KeyBeforeWork(u64),
    /// All but work that is done this many milliseconds after the acknowledgement, from a queue in
    /// memory.
    QueueInMemory(u64),
    /// All, and the last so many events are worked on once more.
    RedoesLast(usize),
    /// All, unless the process ended within the milliseconds between two halves of a record: then
    /// it does not start.
    TornRecordStopsStart(u64),
    /// All, until the second start, which finds effects without their keys.
    KeysUntilCompaction,
    /// All, but SIGTERM cancels the work of the last so many milliseconds.
    CancelledByTerm(u64),
    /// All, but SIGTERM cuts off what is under way.
    CutOffByTerm,
    /// All, but work of so many milliseconds is done again by another worker when the first was not
    /// heard of for two seconds, though it was only halted.
    LeaseRunsOut(u64),
}
