//! The faults between an event's contents and what its effect tells of them.

use serde_json::{Map, Value, json};

use super::event::Event;
use crate::{behaviour::Keeping, http::percent_decoded};

/// The outcome fields that the guide lists.
const LISTED: [&str; 6] = [
    "expectedSalary",
    "noticePeriod",
    "intent",
    "number_of_speakers",
    "sentiment_score",
    "resolved",
];

/// The event as it is kept.
pub(super) fn kept(rule: Keeping, mut event: Event) -> Event {
    match rule {
        Keeping::Whole => {}
        Keeping::GroupsTurns => {
            if let Some(turns) = inner(&mut event, "transcription").and_then(Value::as_array_mut) {
                turns.sort_by_key(|turn| turn.get("User").is_some());
            }
        }
        Keeping::StopsAtEmptyTurn => {
            if let Some(turns) = inner(&mut event, "transcription").and_then(Value::as_array_mut) {
                let is_empty = |turn: &Value| turn.as_object().is_some_and(Map::is_empty);
                let end = turns.iter().position(is_empty).unwrap_or(turns.len());
                turns.truncate(end);
            }
        }
        Keeping::OuterFirst => {
            let outer = event
                .data
                .as_object_mut()
                .map(std::mem::take)
                .unwrap_or_default();
            let mut flat = outer
                .get("data")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            flat.extend(outer.into_iter().filter(|(name, _)| name != "data"));
            event.data = Value::Object(flat);
        }
        Keeping::EnvelopeTime => {
            if let Some(ended_at) = event.data.get_mut("timestamp") {
                *ended_at = Value::from(event.timestamp.as_str());
            }
        }
        Keeping::FillsNulls => {
            if let Some(outcome) = inner(&mut event, "outcomeResult").and_then(Value::as_object_mut)
            {
                for name in LISTED {
                    outcome.entry(name).or_insert(Value::Null);
                }
            }
        }
        Keeping::ListedOnly => {
            if let Some(outcome) = inner(&mut event, "outcomeResult").and_then(Value::as_object_mut)
            {
                outcome.retain(|name, _| LISTED.contains(&name.as_str()));
            }
        }
        Keeping::PrintsNested => {
            if let Some(outcome) = inner(&mut event, "outcomeResult").and_then(Value::as_object_mut)
            {
                let nested = outcome.values_mut().filter(|value| value.is_object());
                nested.for_each(|value| *value = json!("[object Object]"));
            }
        }
        Keeping::DropsParams => {
            if let Some(body) = event.data.get_mut("data").and_then(Value::as_object_mut) {
                body.shift_remove("params");
            }
        }
        rule => change(rule, &mut event.data),
    }
    event
}

fn inner<'e>(event: &'e mut Event, name: &str) -> Option<&'e mut Value> {
    event.data.get_mut("data")?.get_mut(name)
}

/// The faults that strike wherever a value stands.
fn change(rule: Keeping, value: &mut Value) {
    match value {
        Value::Object(members) => {
            if rule == Keeping::DropsNulls {
                members.retain(|_, value| !value.is_null());
            }
            if rule == Keeping::FoldsNames {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(name, value)| (name.to_lowercase().replace('_', ""), value))
                    .collect();
            }
            members.values_mut().for_each(|value| change(rule, value));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change(rule, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if let Some(changed) = changed(rule, value) {
        *value = changed;
    }
}

fn changed(rule: Keeping, value: &Value) -> Option<Value> {
    match (rule, value) {
        (Keeping::FalsyIsNull, _) => is_falsy(value).then_some(Value::Null),
        (Keeping::SinglePrecision, Value::Number(number)) if number.is_f64() =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "the loss is the fault")]
            number
                .as_f64()
                .map(|number| Value::from(f64::from(number as f32)))
        }
        (Keeping::Rounds, Value::Number(number)) if number.is_f64() => number
            .as_f64()
            .map(|number| Value::from((number * 100.0).round() / 100.0)),
        (Keeping::ThroughFloats, Value::Number(number)) => number.as_f64().map(Value::from),
        (Keeping::GuessesNumbers, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        (_, Value::String(text)) => changed_text(rule, text).map(Value::from),
        _ => None,
    }
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn changed_text(rule: Keeping, text: &str) -> Option<String> {
    let without = |is_lost: fn(char) -> bool| Some(text.replace(is_lost, ""));
    let is_url = text.starts_with("https://");
    match rule {
        Keeping::TrimsTexts => Some(text.trim().to_owned()),
        Keeping::EscapesHtml => Some(
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;"),
        ),
        Keeping::EscapesQuotes => Some(text.replace('"', "\\\"")),
        Keeping::CutsTexts(most) => Some(text.chars().take(most).collect()),
        Keeping::AsciiOnly => Some(text.replace(|char: char| !char.is_ascii(), "?")),
        Keeping::BasicPlaneOnly => Some(text.replace(|char| char > '\u{ffff}', "\u{fffd}")),
        Keeping::StripsVowels => without(|char| ('\u{64b}'..='\u{652}').contains(&char)),
        Keeping::StripsFormat => without(
            |char| matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        ),
        Keeping::DecodesUrls if is_url => Some(percent_decoded(text)),
        Keeping::DropsQueries if is_url => text.split('?').next().map(str::to_owned),
        _ => None,
    }
}
