//! Analytics: one `Call Completed` per ended call, with the guide's properties. Counters over them are the dashboard's
//! business, which makes them from the same effects.

use serde_json::{Value, json};

use super::content::{LONGEST_NAME, bounded, capped, duration, object, outcome};
use super::http::{Endpoint, EndpointSettings};
use super::setup::{Setup, SetupError};
use crate::handler::kind;
use crate::sink::{Delivered, Notice, Sink};
use crate::store::{Effect, Task};

/// A service that takes track events.
#[derive(Debug)]
pub(super) struct Analytics {
    events: Endpoint,
}

impl Analytics {
    pub(super) fn open(own: EndpointSettings, setup: &Setup<'_>) -> Result<Self, SetupError> {
        let events = Endpoint::open(own, setup)?;
        Ok(Self { events })
    }
}

impl Sink for Analytics {
    fn task(&self) -> Task {
        Task::Analytics
    }

    fn wants(&self, effect: &Effect) -> bool {
        effect.kind == kind::CALL_ENDED
    }

    fn deliver<'a>(&'a self, notice: &'a Notice) -> Delivered<'a> {
        Box::pin(async {
            let event = call_completed(notice);
            self.events.post(&notice.idempotency_key, &event).await
        })
    }
}

fn call_completed(notice: &Notice) -> Value {
    let call = &notice.call;
    let of_outcome = |name| outcome(call, name).map(bounded);
    let short = |text: &str| Value::from(capped(text, LONGEST_NAME));
    json!({
        "event": "Call Completed",
        "properties": object([
            ("callId", Some(short(&call.call_id))),
            ("agentId", notice.agent_id.as_deref().map(short)),
            ("agentName", notice.agent_name.as_deref().map(short)),
            ("duration", duration(call)),
            ("intent", of_outcome("intent")),
            ("sentiment", of_outcome("sentiment_score")),
            ("resolved", of_outcome("resolved")),
            ("speakers", of_outcome("number_of_speakers")),
            ("timestamp", Some(short(&notice.effect.key.timestamp))),
        ]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::sample;

    #[test]
    fn an_event_tells_what_the_guide_lists() {
        let event = call_completed(&sample::usual());
        insta::assert_snapshot!(format!("{event:#}"));
    }

    #[test]
    fn null_absent_zero_and_false_stay_apart() {
        let event = call_completed(&sample::ended(json!({
            "callDuration": 0,
            "outcomeResult": {"intent": null, "sentiment_score": 0, "resolved": false},
        })));
        insta::assert_snapshot!(format!("{event:#}"));
        let properties = call_completed(&sample::ended(json!({})))["properties"].clone();
        let names: Vec<&String> = properties.as_object().unwrap().keys().collect();
        assert_eq!(names, ["callId", "agentId", "agentName", "timestamp"]);
    }

    #[test]
    fn every_property_is_bounded() {
        let long = json!("x".repeat(9_000));
        let mut event = sample::event(
            "call.ended",
            json!({
                "callDuration": long,
                "outcomeResult": {
                    "intent": long, "sentiment_score": long, "resolved": long, "number_of_speakers": long,
                },
            }),
        );
        for name in ["callId", "agentId", "agentName", "timestamp"] {
            event[name] = long.clone();
        }
        let told = call_completed(&sample::notice(&[event]));
        for (name, value) in told["properties"].as_object().unwrap() {
            let length = value.as_str().map(|text| text.chars().count());
            assert!(
                length.is_none_or(|length| length == LONGEST_NAME),
                "{name}: {length:?}"
            );
        }
    }
}
