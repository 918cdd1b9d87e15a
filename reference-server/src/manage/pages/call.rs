//! The page of one call: record, conversation, tools, outcome.

use maud::{Markup, html};
use serde_json::Value;

use super::layout::frame;
use super::overview::status;
use super::text::{Visible, absent, document, recording, short, title, value};
use crate::call::Call;

/// `GET /calls/{callId}`. Of a call that is too long, `is_whole` is false.
pub(in crate::manage) fn call(call: &Call, is_whole: bool) -> Markup {
    let content = html! {
        p.path { a href="/" { "Overview" } }
        h1 { "Call " span.id { (short(&call.call_id)) } }
        @if !is_whole { p.alarm { "This call is very long. Only its beginning is shown." } }
        section aria-labelledby="record" {
            h2 #record { "Record" }
            (record(call))
        }
        section aria-labelledby="transcript" {
            h2 #transcript { "Transcript" }
            (transcript(call.transcript.as_ref()))
        }
        @if !call.utterances.is_empty() {
            section aria-labelledby="utterances" {
                h2 #utterances { "Said while the call ran" }
                (utterances(&call.utterances))
            }
        }
        @if !call.tool_runs.is_empty() {
            section aria-labelledby="tools" {
                h2 #tools { "Tools" }
                @for (n, run) in call.tool_runs.iter().enumerate() { (tool_run(n + 1, run)) }
            }
        }
        section aria-labelledby="outcome" {
            h2 #outcome { "Outcome" }
            (whole("Outcome", call.outcome.as_ref()))
        }
        @if let Some(params) = &call.params {
            section aria-labelledby="params" {
                h2 #params { "Parameters of the initiation" }
                (whole("Parameters of the initiation", Some(params)))
            }
        }
    };
    frame(&format!("Call {}", title(&call.call_id)), &content)
}

fn record(call: &Call) -> Markup {
    let Call {
        direction,
        from_number,
        to_number,
        started_at,
        answered_at,
        ended_at,
        duration_seconds,
        conversation_id,
        recording_url,
        ..
    } = call;
    html! {
        dl.record {
            (fact("Status", &status(call.status)))
            (fact("Direction", &value(direction.as_ref())))
            (fact("From", &value(from_number.as_ref())))
            (fact("To", &value(to_number.as_ref())))
            (fact("Started", &value(started_at.as_ref())))
            (fact("Answered", &value(answered_at.as_ref())))
            (fact("Ended", &value(ended_at.as_ref())))
            (fact("Duration, s", &value(duration_seconds.as_ref())))
            (fact("Conversation", &value(conversation_id.as_ref())))
            (fact("Recording", &recording(recording_url.as_ref())))
        }
    }
}

fn fact(name: &str, fact: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (fact) } } }
}

/// A list of `{speaker: text}`, as `call.ended` gave it.
fn transcript(transcript: Option<&Value>) -> Markup {
    let turns = transcript.and_then(Value::as_array);
    let Some(turns) = turns.filter(|turns| !turns.is_empty()) else {
        return html! { p { (absent()) } };
    };
    let said = turns.iter().filter_map(Value::as_object).flatten();
    html! {
        ol.conversation {
            @for (speaker, text) in said { (turn(&value(Some(&Value::from(speaker.as_str()))), side(speaker), text)) }
        }
    }
}

fn turn(speaker: &Markup, side: &str, text: &Value) -> Markup {
    html! {
        li.turn.(side) {
            p.speaker { (speaker) }
            p.text dir="auto" {
                @match text {
                    Value::String(text) if !text.is_empty() => (Visible(text)),
                    text => (value(Some(text))),
                }
            }
        }
    }
}

/// Where a turn stands. Who speaks is written too.
fn side(speaker: &str) -> &'static str {
    if speaker.eq_ignore_ascii_case("agent") {
        "agent"
    } else if speaker.eq_ignore_ascii_case("user") {
        "user"
    } else {
        "other"
    }
}

fn utterances(utterances: &[Value]) -> Markup {
    html! {
        ol.conversation {
            @for said in utterances {
                @let speaker = said.get("speaker");
                (turn(
                    &html! {
                        (value(speaker)) " · " (value(said.get("timestamp")))
                        @if let Some(confidence) = said.get("confidence") {
                            " · confidence " (value(Some(confidence)))
                        }
                    },
                    side(speaker.and_then(Value::as_str).unwrap_or_default()),
                    said.get("text").unwrap_or(&Value::Null),
                ))
            }
        }
    }
}

fn tool_run(number: usize, run: &Value) -> Markup {
    let label = |what: &str| format!("{what} of tool run {number}");
    html! {
        article.tool {
            h3 { (value(run.get("toolName"))) }
            p.note {
                (value(run.get("timestamp")))
                " · " (value(run.get("durationMs"))) " ms"
            }
            h4 { "Input" }
            (whole(&label("Input"), run.get("input")))
            h4 { "Output" }
            (whole(&label("Output"), run.get("output")))
        }
    }
}

/// A value of any type, all of it.
fn whole(label: &str, given: Option<&Value>) -> Markup {
    match given {
        Some(given) if !given.is_null() => document(label, given),
        other => html! { p { (value(other)) } },
    }
}
