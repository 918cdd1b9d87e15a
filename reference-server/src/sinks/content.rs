//! What sinks read of a call. Outcomes may hold any JSON, so null, absent, zero and false stay four different things
//!

use serde_json::Value;

use crate::call::Call;

/// Longest transcript or outcome that a sink is told, in characters: what the long text fields of common CRMs hold.
pub(super) const LONGEST_TEXT: usize = 32_000;
/// Longest name, identifier or other short text, in characters.
pub(super) const LONGEST_NAME: usize = 200;

/// A member of `outcomeResult`, when it is there.
pub(super) fn outcome<'a>(call: &'a Call, name: &str) -> Option<&'a Value> {
    call.outcome.as_ref()?.get(name)
}

/// Whether the caller's matter was settled: `None` where nobody said so, or not by true or false.
pub(super) fn resolved(call: &Call) -> Option<bool> {
    outcome(call, "resolved")?.as_bool()
}

/// The length in seconds; whole ones as an integer, for systems that take no other.
pub(super) fn duration(call: &Call) -> Option<Value> {
    let duration = call.duration_seconds.as_ref()?;
    let whole = duration.as_f64().map(|seconds| format!("{seconds}"));
    let whole = whole.and_then(|text| text.parse::<i64>().ok());
    Some(whole.map_or_else(|| bounded(duration), Value::from))
}

/// A value for people; `None` where there is nothing to show.
pub(super) fn shown(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        other => Some(other.to_string()),
    }
}

/// The turns of the final transcript as speaker and text, in order.
pub(super) fn turns(call: &Call) -> impl Iterator<Item = (&str, &str)> {
    let turns = call.transcript.as_ref().and_then(Value::as_array);
    let turns = turns.into_iter().flatten().filter_map(Value::as_object);
    turns
        .flatten()
        .filter_map(|(speaker, text)| Some((speaker.as_str(), text.as_str()?)))
}

/// The text with at most `most` characters; the last is an ellipsis where something was cut.
pub(super) fn capped(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// A value as other systems are told it: a text cut to [`LONGEST_NAME`], a list or an object whose JSON is longer than
/// [`LONGEST_TEXT`] as that JSON, cut. Any other is unchanged.
pub(super) fn bounded(value: &Value) -> Value {
    match value {
        Value::String(text) => capped(text, LONGEST_NAME).into(),
        Value::Array(_) | Value::Object(_) => {
            let json = value.to_string();
            if json.chars().nth(LONGEST_TEXT).is_none() {
                return value.clone();
            }
            capped(&json, LONGEST_TEXT).into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A short text in one line: no control character, so that it can begin no line of its own.
pub(super) fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    capped(&text.replace(is_break, " "), LONGEST_NAME)
}

/// An object of the members that are there: what is absent stays absent, null stays null.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let given = members.into_iter();
    given
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_too_long_is_cut() {
        let fits = json!(["x".repeat(LONGEST_TEXT - 4)]);
        for same in [
            json!(null),
            json!(false),
            json!(0),
            json!(1.5e300),
            json!("é".repeat(LONGEST_NAME)),
            json!({"a": ["x".repeat(300)]}),
            fits,
        ] {
            assert_eq!(bounded(&same), same);
        }
        for (long, most) in [
            (json!("é".repeat(LONGEST_NAME + 1)), LONGEST_NAME),
            (json!(["x".repeat(LONGEST_TEXT - 3)]), LONGEST_TEXT),
            (json!({"é": "é".repeat(LONGEST_TEXT)}), LONGEST_TEXT),
        ] {
            let told = bounded(&long);
            let text = told.as_str().unwrap();
            assert!(
                text.chars().count() == most && text.ends_with('…'),
                "{text}"
            );
        }
    }
}
