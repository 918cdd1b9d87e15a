//! `transcription.update`: one utterance while the call runs (G-EVT-04).

use super::reader::Reader;
use crate::{envelope::EventBody, presence::Presence, validate::Violation};

/// What a `transcription.update` event tells. An update may be partial, and nothing says whether it
/// is: store every one, and take the final transcript from `call.ended`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TranscriptionUpdate {
    /// `speaker`; an open set, compare case-insensitively.
    pub speaker: Presence<String>,
    /// `text`.
    pub text: Presence<String>,
    /// `confidence`, presumably 0 to 1.
    pub confidence: Presence<f64>,
    /// Members of unexpected types.
    pub warnings: Vec<Violation>,
}

impl TranscriptionUpdate {
    /// Reads a body.
    pub fn read(body: EventBody<'_>) -> Self {
        let mut reader = Reader::new(body);
        Self {
            speaker: reader.text("speaker"),
            text: reader.text("text"),
            confidence: reader.number("confidence"),
            warnings: reader.into_warnings(),
        }
    }
}
