//! The transcript of `call.ended`: a list of turns keyed by speaker (G-EVT-09, A-39).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reader::Reader;
use crate::{presence::Presence, validate::pointer_token};

/// One thing said by one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The key of the turn as it came: `Agent`, `User`, or whatever else was there.
    pub speaker: String,
    /// What was said.
    pub text: String,
}

/// Flattens turns to lines of `speaker: text`, in order.
pub fn transcript_text(turns: &[Turn]) -> String {
    let lines: Vec<_> = turns
        .iter()
        .map(|turn| format!("{}: {}", turn.speaker, turn.text))
        .collect();
    lines.join("\n")
}

/// Reads `transcription`. An element with both keys gives two turns in key order, an empty one
/// none (G-EVT-10), one with another key a turn of that speaker; a text that is not a string is kept as
/// JSON text.
pub(super) fn read_turns(reader: &mut Reader<'_>) -> Vec<Turn> {
    let elements = reader.list("transcription");
    let mut turns = Vec::with_capacity(elements.len());
    let body = reader.body();
    for (index, element) in elements.iter().enumerate() {
        let pointer = || format!("{}/{index}", body.pointer("transcription"));
        let Value::Object(members) = element else {
            reader.warn(pointer(), "an object with Agent or User");
            continue;
        };
        for (speaker, said) in members {
            let at = || format!("{}/{}", pointer(), pointer_token(speaker));
            if let Presence::Given(text) = reader.text_of(Some(said).into(), at)
                && !text.is_empty()
            {
                turns.push(Turn {
                    speaker: speaker.clone(),
                    text,
                });
            }
        }
    }
    turns
}
