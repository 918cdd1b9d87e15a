//! `GET /effects`: the laboratory's window on what events have done. It is no part of the specimen
//! and stays truthful whatever the specimen does to deliveries.

use serde_json::{Value, json};

use super::journal::Journal;
use crate::{
    behaviour::ProbeFormat,
    http::{Answer, Head, percent_decoded},
};

/// The effects of one call (`?callId=`), of all calls with a prefix (`?prefix=`), or all.
pub(super) fn effects(journal: &Journal, format: ProbeFormat, head: &Head) -> Answer {
    let (call_id, prefix) = (parameter(head, "callId"), parameter(head, "prefix"));
    let effects = journal.select(|own| {
        call_id.as_deref().is_none_or(|call_id| own == call_id)
            && prefix
                .as_deref()
                .is_none_or(|prefix| own.starts_with(prefix))
    });
    let records: Vec<Value> = effects.iter().map(|effect| effect.record()).collect();
    match format {
        ProbeFormat::Object => Answer::json(200, &json!({ "effects": records })),
        ProbeFormat::Ndjson => {
            let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
            Answer::new(200, "application/x-ndjson", lines)
        }
    }
}

fn parameter(head: &Head, name: &str) -> Option<String> {
    let mut pairs = head
        .query
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(own, _)| *own == name)
        .map(|(_, value)| percent_decoded(value))
}
