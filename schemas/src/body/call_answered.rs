//! `call.answered`: promised in one line of prose, without a single member name.

use serde_json::{Map, Value};

use crate::envelope::EventBody;

/// What a `call.answered` event tells: its body as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallAnswered {
    /// The members of `data.data`, or of `data` where there is no inner object.
    pub members: Map<String, Value>,
}

impl CallAnswered {
    /// Reads a body.
    pub fn read(body: EventBody<'_>) -> Self {
        Self {
            members: body.members().cloned().unwrap_or_default(),
        }
    }
}
