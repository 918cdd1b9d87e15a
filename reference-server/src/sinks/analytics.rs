//! Analytics: one `Call Completed` per ended call, with the guide's properties. Counters over them are the dashboard's
//! business, which makes them from the same effects.

use serde_json::{Value, json};

use super::content::{duration, object, outcome};
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
    let of_outcome = |name| outcome(call, name).cloned();
    json!({
        "event": "Call Completed",
        "properties": object([
            ("callId", Some(call.call_id.as_str().into())),
            ("agentId", notice.agent_id.as_deref().map(Value::from)),
            ("agentName", notice.agent_name.as_deref().map(Value::from)),
            ("duration", duration(call)),
            ("intent", of_outcome("intent")),
            ("sentiment", of_outcome("sentiment_score")),
            ("resolved", of_outcome("resolved")),
            ("speakers", of_outcome("number_of_speakers")),
            ("timestamp", Some(notice.effect.key.timestamp.as_str().into())),
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
}
