//! Choices about what becomes of an event's contents on their way into its effect.

/// How contents are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// As they came.
    Whole,
    /// The turns of a transcript are grouped by speaker.
    GroupsTurns,
    /// A transcript ends at its first empty turn.
    StopsAtEmptyTurn,
    /// Members of the outer `data` hide those of the inner one.
    OuterFirst,
    /// A call ends at the envelope's time.
    EnvelopeTime,
    /// Names are converted to lower case without underscores.
    FoldsNames,
    /// Members that are null are dropped.
    DropsNulls,
    /// Listed outcome fields that are missing become null.
    FillsNulls,
    /// Members that are false, zero or empty become null.
    FalsyIsNull,
    /// Outcome fields that no page lists are dropped.
    ListedOnly,
    /// Outcome fields that are objects or lists become text.
    PrintsNested,
    /// Texts that look like numbers become numbers.
    GuessesNumbers,
    /// Texts lose surrounding white space.
    TrimsTexts,
    /// Texts are escaped for HTML.
    EscapesHtml,
    /// Quotation marks in texts are escaped once more.
    EscapesQuotes,
    /// Texts are cut after so many characters.
    CutsTexts(usize),
    /// Characters outside ASCII are replaced.
    AsciiOnly,
    /// Characters outside the basic plane are replaced.
    BasicPlaneOnly,
    /// Arabic vowel marks are stripped.
    StripsVowels,
    /// Direction marks and joiners are stripped.
    StripsFormat,
    /// Fractions are kept in single precision.
    SinglePrecision,
    /// Whole numbers pass through floating point.
    ThroughFloats,
    /// URLs are decoded.
    DecodesUrls,
    /// URLs lose their query.
    DropsQueries,
    /// The params of a call.started are dropped.
    DropsParams,
    /// Fractions are rounded to two places.
    Rounds,
}
