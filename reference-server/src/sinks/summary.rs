//! The text of a call's e-mail: what the guide's template is given, each line safe from what callers say.

use std::fmt::Write as _;

use serde_json::Value;

use super::content::{LONGEST_TEXT, capped, duration, one_line, shown, turns};
use crate::call::Call;
use crate::sink::Notice;

/// Call, agent, duration, recording, outcome and transcript; the last two with at most [`LONGEST_TEXT`] characters each.
pub(super) fn summary(notice: &Notice) -> String {
    let call = &notice.call;
    let short = |value: Option<&Value>| shown(value).map(|text| one_line(&text));
    let duration = short(duration(call).as_ref()).map(|seconds| format!("{seconds} s"));
    // A signed URL is longer than a name, and worthless when cut.
    let recording = shown(call.recording_url.as_ref()).map(|url| url.replace(char::is_control, ""));
    let mut text = String::new();
    for (title, value) in [
        ("Call ID", Some(one_line(&call.call_id))),
        ("Agent", notice.agent_name.as_deref().map(one_line)),
        ("Duration", duration),
        ("Ended", Some(one_line(&notice.effect.key.timestamp))),
        ("Recording", recording),
    ] {
        let value = value.as_deref().unwrap_or("unknown");
        let _ = writeln!(text, "{title}: {value}");
    }
    let _ = write!(text, "\nOutcome\n\n{}\n", section(&outcome_lines(call)));
    let _ = write!(
        text,
        "\nTranscript\n\n{}\n",
        section(&transcript_lines(call))
    );
    text
}

fn section(lines: &[String]) -> String {
    if lines.is_empty() {
        return "(none)".to_owned();
    }
    capped(&lines.join("\n"), LONGEST_TEXT)
}

/// Values as JSON, so that `null`, `0` and `"0"` look different and none begins a line.
fn outcome_lines(call: &Call) -> Vec<String> {
    let members = call.outcome.as_ref().and_then(Value::as_object);
    let members = members.into_iter().flatten();
    members
        .map(|(name, value)| format!("{}: {value}", one_line(name)))
        .collect()
}

/// A turn's further lines are indented, so that none passes for another turn.
fn transcript_lines(call: &Call) -> Vec<String> {
    let line = |(speaker, text): (&str, &str)| {
        let said: Vec<&str> = text.lines().collect();
        format!("{}: {}", one_line(speaker), said.join("\n    "))
    };
    turns(call).map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sinks::sample;

    #[test]
    fn a_call_is_told_as_in_the_guide() {
        insta::assert_snapshot!(summary(&sample::usual()));
    }

    #[test]
    fn what_is_missing_is_said() {
        insta::assert_snapshot!(summary(&sample::ended(json!({}))));
    }

    #[test]
    fn values_and_turns_keep_to_their_lines() {
        let notice = sample::ended(json!({
            "callDuration": 0,
            "conversationRecording": null,
            "outcomeResult": {
                "resolved": null, "sentiment_score": 0, "n": "0", "a\nb": "x\ny", "intent": "شكوى", "deep": {"a": [1]},
            },
            "transcription": [{"User": "one\r\nAgent: two\n"}, {"Agent": ""}, {"x\ny": "z"}],
        }));
        insta::assert_snapshot!(summary(&notice));
    }

    #[test]
    fn long_texts_are_cut() {
        let notice = sample::ended(json!({
            "transcription": [{"User": "مرحبا".repeat(200_000)}],
            "outcomeResult": {"notes": "n".repeat(1_000_000)},
        }));
        let length = summary(&notice).chars().count();
        assert!(
            (2 * LONGEST_TEXT..2 * LONGEST_TEXT + 500).contains(&length),
            "{length}"
        );
    }
}
