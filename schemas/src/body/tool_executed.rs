//! `tool.executed`: one use of a tool by the agent (G-EVT-06).

use serde_json::Value;

use super::reader::Reader;
use crate::{envelope::EventBody, presence::Presence, validate::Violation};

/// What a `tool.executed` event tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolExecuted {
    /// `toolName`.
    pub tool_name: Presence<String>,
    /// `input`: any JSON value.
    pub input: Presence<Value>,
    /// `output`: any JSON value.
    pub output: Presence<Value>,
    /// `duration` in milliseconds.
    pub duration_ms: Presence<f64>,
    /// Members of unexpected types.
    pub warnings: Vec<Violation>,
}

impl ToolExecuted {
    /// Reads a body.
    pub fn read(body: EventBody<'_>) -> Self {
        let mut reader = Reader::new(body);
        Self {
            tool_name: reader.text("toolName"),
            input: reader.any("input"),
            output: reader.any("output"),
            duration_ms: reader.number("duration"),
            warnings: reader.into_warnings(),
        }
    }
}
