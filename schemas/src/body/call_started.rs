//! `call.started`: who calls whom, with which parameters (G-EVT-03). All members are known from
//! sample code only.

use serde_json::{Map, Value};

use super::reader::Reader;
use crate::{envelope::EventBody, presence::Presence, validate::Violation};

/// What a `call.started` event tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallStarted {
    /// `callDirection`; `inbound` and `outbound` are the likely values, compare case-insensitively
    ///
    pub call_direction: Presence<String>,
    /// `fromNumber`, in any notation; web calls have none.
    pub from_number: Presence<String>,
    /// `toNumber`, as `fromNumber`.
    pub to_number: Presence<String>,
    /// `params`: the custom parameters of the initiation.
    pub params: Presence<Map<String, Value>>,
    /// `callStartedAt`: a date-time or a number, kept as it came. The guide shows it in `data`.
    pub call_started_at: Presence<Value>,
    /// Members of unexpected types.
    pub warnings: Vec<Violation>,
}

impl CallStarted {
    /// Reads a body.
    pub fn read(body: EventBody<'_>) -> Self {
        let mut reader = Reader::new(body);
        Self {
            call_direction: reader.text("callDirection"),
            from_number: reader.text("fromNumber"),
            to_number: reader.text("toNumber"),
            params: reader.object("params"),
            call_started_at: reader.time("callStartedAt"),
            warnings: reader.into_warnings(),
        }
    }
}
