//! Slack: people are alerted of an ended call that is urgent or explicitly unresolved, and of a caller who says a keyword.
//!
//! Messages go to an incoming webhook. Its URL is all that one needs to post there, so it is a secret. Text from outside is
//! escaped, and Slack is told to look for no names and addresses in it: it can neither notify anybody nor make a link. Hidden
//! characters are shown as U+FFFD, and all is cut to what Slack takes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{duration, object, one_line, outcome, resolved, shown};
use super::http::{Endpoint, web_url};
use super::setup::{Setup, SetupError};
use crate::handler::kind;
use crate::hidden::is_hidden;
use crate::sink::{Delivered, Notice, Sink};
use crate::store::{Effect, Task};

/// Room in a block's text (Slack takes 3000 characters) for what is not from outside.
const LONGEST_SECTION: usize = 2_900;
/// The same for a field, of 2000.
const LONGEST_FIELD: usize = 1_900;
/// Longest URL that Slack takes on a button.
const LONGEST_URL: usize = 3_000;
/// What a URL's path or query can hold as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlackSettings {
    /// Variable with the URL of the incoming webhook.
    url_env: String,
    /// Overrides the webhook's own channel, where the webhook allows that.
    channel: Option<String>,
    /// Page about a call, with `{callId}` in it.
    details_url: Option<String>,
    /// What a caller says in an emergency, in any case.
    keywords: Option<Vec<String>>,
}

/// An incoming webhook of Slack.
#[derive(Debug)]
pub(super) struct Slack {
    webhook: Endpoint,
    channel: Option<String>,
    details_url: Option<String>,
    keywords: Vec<String>,
}

impl Slack {
    pub(super) fn open(own: SlackSettings, setup: &Setup<'_>) -> Result<Self, SetupError> {
        let url = setup.secret("url_env", &own.url_env)?;
        let origin = format!("the URL in variable {}", own.url_env);
        if let Some(template) = &own.details_url {
            web_url("`details_url`", &template.replace("{callId}", "id"))?;
        }
        let keywords = own.keywords.unwrap_or_else(|| vec!["urgent".to_owned()]);
        let keywords = keywords.iter().map(|word| word.trim().to_lowercase());
        Ok(Self {
            webhook: Endpoint::at(&origin, &url, false, setup)?,
            channel: own.channel,
            details_url: own.details_url,
            keywords: keywords.filter(|word| !word.is_empty()).collect(),
        })
    }

    fn is_alarming(&self, utterance: &Value) -> bool {
        let text = |name| utterance.get(name).and_then(Value::as_str);
        let is_caller = text("speaker").is_some_and(|name| name.eq_ignore_ascii_case("user"));
        let said = text("text").unwrap_or_default().to_lowercase();
        is_caller && self.keywords.iter().any(|word| said.contains(word))
    }

    fn message(&self, notice: &Notice) -> Value {
        let (title, mut blocks) = match notice.effect.kind.as_str() {
            kind::UTTERANCE => ("User mentioned urgent issue", utterance_blocks(notice)),
            _ => ("🚨 Urgent call requires attention", call_blocks(notice)),
        };
        blocks.extend(self.button(&notice.call.call_id));
        object([
            ("channel", self.channel.as_deref().map(Value::from)),
            ("text", Some(title.into())),
            ("blocks", Some(blocks.into())),
        ])
    }

    fn button(&self, call_id: &str) -> Option<Value> {
        let call_id = utf8_percent_encode(call_id, UNRESERVED).to_string();
        let url = self.details_url.as_ref()?.replace("{callId}", &call_id);
        (url.len() <= LONGEST_URL).then(|| {
            let text = json!({"type": "plain_text", "text": "View Details"});
            json!({"type": "actions", "elements": [{"type": "button", "text": text, "url": url}]})
        })
    }
}

impl Sink for Slack {
    fn task(&self) -> Task {
        Task::Slack
    }

    /// `resolved` that is null or absent is unknown, not unresolved.
    fn wants(&self, effect: &Effect) -> bool {
        let outcome = |name| effect.data.get("outcome")?.get(name);
        match effect.kind {
            kind::CALL_ENDED => {
                outcome("priority") == Some(&Value::from("urgent"))
                    || outcome("resolved") == Some(&Value::from(false))
            }
            kind::UTTERANCE => self.is_alarming(&effect.data),
            _ => false,
        }
    }

    fn deliver<'a>(&'a self, notice: &'a Notice) -> Delivered<'a> {
        Box::pin(async {
            let message = self.message(notice);
            self.webhook.post(&notice.idempotency_key, &message).await
        })
    }
}

fn call_blocks(notice: &Notice) -> Vec<Value> {
    let call = &notice.call;
    let duration = shown(duration(call).as_ref());
    let duration = duration.map_or_else(
        || "N/A".to_owned(),
        |seconds| format!("{}s", name(&seconds)),
    );
    let resolved = match resolved(call) {
        Some(true) => "✅ Yes",
        Some(false) => "❌ No",
        None => "Unknown",
    };
    let told = |name, unknown: &str| {
        let text = shown(outcome(call, name)).unwrap_or_else(|| unknown.to_owned());
        safe(&text, LONGEST_FIELD)
    };
    let field = |title: &str, text: &str| mrkdwn(&format!("*{title}:*\n{text}"));
    vec![
        section(&format!("{}\n*Duration:* {duration}", who(notice))),
        json!({"type": "section", "fields": [
            field("Intent", &told("intent", "Unknown")),
            field("Resolved", resolved),
            field("Sentiment", &told("sentiment_score", "N/A")),
        ]}),
    ]
}

fn utterance_blocks(notice: &Notice) -> Vec<Value> {
    let said = notice.effect.data.get("text").and_then(Value::as_str);
    let said = safe(said.unwrap_or_default(), LONGEST_SECTION);
    vec![
        section(&who(notice)),
        section(&format!("*Transcript:*\n{said}")),
    ]
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

/// Verbatim: without it, Slack makes links and mentions of plain text.
fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn who(notice: &Notice) -> String {
    let agent = notice.agent_name.as_deref().unwrap_or("Unknown");
    format!(
        "*Call ID:* {}\n*Agent:* {}",
        name(&notice.call.call_id),
        name(agent)
    )
}

fn name(text: &str) -> String {
    safe(&one_line(text), LONGEST_SECTION)
}

/// Outside text for a message: escaped, nothing hidden in it, and at most `most` units long as Slack counts them.
fn safe(text: &str, most: usize) -> String {
    let mut safe = String::new();
    let mut units = 0;
    for c in text.chars() {
        let start = safe.len();
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            c if is_hidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
        units += safe[start..].encode_utf16().count();
        if units >= most {
            safe.truncate(start);
            safe.push('…');
            break;
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::handle;
    use crate::sinks::sample;

    const DETAILS: &str = "https://dashboard.example.com/calls/{callId}";

    fn slack(more: &str) -> Slack {
        let env = |_: &str| Some("https://hooks.slack.com/services/T/B/x".to_owned());
        let setup = Setup::for_tests(&env);
        let text = format!("url_env = \"HOOK\"\n{more}");
        Slack::open(toml::from_str(&text).unwrap(), &setup).unwrap()
    }

    fn wants(more: &str, event_type: &str, inner: Value) -> bool {
        let effect = handle(&sample::event(event_type, inner)).unwrap().unwrap();
        slack(more).wants(&effect)
    }

    #[test]
    fn urgent_and_explicitly_unresolved_calls_are_told() {
        for (outcome, expected) in [
            (json!({"priority": "urgent"}), true),
            (json!({"priority": "urgent", "resolved": true}), true),
            (json!({"resolved": false}), true),
            (json!({"resolved": true}), false),
            (json!({"resolved": null}), false),
            (json!({"resolved": 0}), false),
            (json!({"resolved": "false"}), false),
            (json!({"priority": "high"}), false),
            (json!({}), false),
            (json!(null), false),
        ] {
            let inner = json!({"outcomeResult": outcome});
            assert_eq!(wants("", "call.ended", inner), expected, "{outcome}");
        }
        assert!(!wants("", "call.ended", json!({})));
        assert!(!wants(
            "",
            "call.started",
            json!({"params": {"priority": "urgent"}})
        ));
    }

    #[test]
    fn keywords_count_when_the_caller_says_them() {
        let arabic = "keywords = [\"عاجل\", \" \"]";
        for (more, speaker, text, expected) in [
            ("", "user", "This is URGENT!", true),
            ("", "User", "urgently", true),
            ("", "agent", "urgent", false),
            ("", "user", "no hurry", false),
            (arabic, "user", "الأمر عاجل جدا", true),
            (arabic, "user", "urgent", false),
            ("keywords = []", "user", "urgent", false),
        ] {
            let inner = json!({"speaker": speaker, "text": text});
            let told = wants(more, "transcription.update", inner);
            assert_eq!(told, expected, "{more} {speaker}: {text}");
        }
        assert!(!wants("", "transcription.update", json!({})));
    }

    #[test]
    fn a_call_is_told_as_in_the_guide() {
        let slack = slack(&format!(
            "channel = \"#support-team\"\ndetails_url = \"{DETAILS}\""
        ));
        insta::assert_snapshot!("call", format!("{:#}", slack.message(&sample::usual())));
        let said = json!({"speaker": "user", "text": "It is urgent: عاجل"});
        let notice = sample::notice(&[sample::event("transcription.update", said)]);
        insta::assert_snapshot!("utterance", format!("{:#}", slack.message(&notice)));
    }

    #[test]
    fn unknown_and_zero_are_shown_as_such() {
        let outcome = json!({"intent": null, "sentiment_score": 0, "resolved": null});
        let notice = sample::ended(json!({"outcomeResult": outcome}));
        let fields = slack("").message(&notice)["blocks"][1]["fields"].clone();
        let texts = [0, 1, 2].map(|i| fields[i]["text"].as_str().unwrap().to_owned());
        assert_eq!(
            texts,
            [
                "*Intent:*\nUnknown",
                "*Resolved:*\nUnknown",
                "*Sentiment:*\n0"
            ]
        );
    }

    #[test]
    fn outside_text_is_verbatim_and_hides_nothing() {
        let hostile = "a\u{202e}b\u{200b}\0<@U1> #general https://evil.example";
        let shown = "a\u{fffd}b\u{fffd}\u{fffd}&lt;@U1&gt; #general https://evil.example";
        let said = json!({"speaker": "user", "text": format!("urgent\n{hostile}")});
        let utterance = sample::notice(&[sample::event("transcription.update", said)]);
        let call = sample::ended(json!({
            "callDuration": "<@U1>",
            "outcomeResult": {"intent": hostile, "sentiment_score": hostile, "resolved": false},
        }));
        let blocks = |notice| slack("").message(notice)["blocks"].clone();
        let (utterance, call) = (blocks(&utterance), blocks(&call));
        let mut texts = vec![
            &utterance[0]["text"],
            &utterance[1]["text"],
            &call[0]["text"],
        ];
        texts.extend(call[1]["fields"].as_array().unwrap());
        for text in &texts {
            assert_eq!(
                (&text["type"], &text["verbatim"]),
                (&json!("mrkdwn"), &json!(true))
            );
            assert!(!text["text"].as_str().unwrap().contains('<'), "{text}");
        }
        for text in [texts[1], texts[3], texts[5]] {
            assert!(text["text"].as_str().unwrap().ends_with(shown), "{text}");
        }
    }

    #[test]
    fn outside_text_is_escaped_and_cut() {
        let hostile = "<!channel> & <https://evil.example|x>\r\n*Agent:* y";
        let mut event = sample::event(
            "call.ended",
            json!({"outcomeResult": {"intent": "&".repeat(9_000), "resolved": false}}),
        );
        event["callId"] = hostile.into();
        event["agentName"] = "👋".repeat(9_000).into();
        let message =
            slack(&format!("details_url = \"{DETAILS}\"")).message(&sample::notice(&[event]));
        let text = message["blocks"][0]["text"]["text"].as_str().unwrap();
        let safe = "*Call ID:* &lt;!channel&gt; &amp; &lt;https://evil.example|x&gt;  *Agent:* y\n";
        assert!(text.starts_with(safe), "{text}");
        assert!(text.encode_utf16().count() <= 3_000 && text.lines().count() == 3);
        let intent = message["blocks"][1]["fields"][0]["text"].as_str().unwrap();
        assert!(
            intent.len() <= 2_000 && intent.ends_with("&amp;…"),
            "{}",
            intent.len()
        );
        let url = message["blocks"][2]["elements"][0]["url"].as_str().unwrap();
        let encoded = "/calls/%3C%21channel%3E%20%26%20%3Chttps%3A%2F%2Fevil.example%7Cx%3E%0D%0A%2AAgent%3A%2A%20y";
        assert!(url.ends_with(encoded), "{url}");
        assert_eq!(slack("").button("c"), None);
        assert_eq!(
            slack(&format!("details_url = \"{DETAILS}\"")).button(&"é".repeat(600)),
            None
        );
    }
}
