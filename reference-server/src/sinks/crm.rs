//! CRM: the contact behind the number, and one activity per ended call, as the guide syncs them.
//!
//! Two requests, `POST {url}/contacts` and `POST {url}/activities`. The contact's has the guide's three parts: `where` finds
//! it, `update` is written in any case, `create` only where it is new. Numbers stand in bodies, never in URLs, which get
//! logged on the way.

use serde_json::{Value, json};

use super::content::{
    LONGEST_NAME, LONGEST_TEXT, bounded, capped, duration, object, one_line, outcome, resolved,
    shown, turns,
};
use super::http::{Endpoint, EndpointSettings};
use super::setup::{Setup, SetupError};
use crate::call::Call;
use crate::handler::kind;
use crate::sink::{Delivered, Notice, Sink, SinkError};
use crate::store::{Effect, Task};
use crate::telemetry::KeyFields;

/// A CRM that takes contacts and activities.
#[derive(Debug)]
pub(super) struct Crm {
    contacts: Endpoint,
    activities: Endpoint,
}

impl Crm {
    pub(super) fn open(own: EndpointSettings, setup: &Setup<'_>) -> Result<Self, SetupError> {
        let base = Endpoint::open(own, setup)?;
        Ok(Self {
            contacts: base.join("contacts"),
            activities: base.join("activities"),
        })
    }

    async fn sync(&self, notice: &Notice) -> Result<(), SinkError> {
        let Some(phone) = phone(&notice.call) else {
            return without_number(notice);
        };
        let key = &notice.idempotency_key;
        let phone = &capped(phone, LONGEST_NAME);
        let contact = contact(notice, phone);
        self.contacts
            .post(&format!("{key}-contact"), &contact)
            .await?;
        let activity = activity(notice, phone);
        self.activities
            .post(&format!("{key}-activity"), &activity)
            .await
    }
}

impl Sink for Crm {
    fn task(&self) -> Task {
        Task::Crm
    }

    fn wants(&self, effect: &Effect) -> bool {
        effect.kind == kind::CALL_ENDED
    }

    fn deliver<'a>(&'a self, notice: &'a Notice) -> Delivered<'a> {
        Box::pin(self.sync(notice))
    }
}

/// The number at the other end: the caller's, or the called one of an outbound call.
fn phone(call: &Call) -> Option<&str> {
    let direction = call.direction.as_ref().and_then(Value::as_str);
    let is_outbound = direction.is_some_and(|word| word.eq_ignore_ascii_case("outbound"));
    let number = if is_outbound {
        &call.to_number
    } else {
        &call.from_number
    };
    let number = number.as_ref()?.as_str()?.trim();
    (!number.is_empty()).then_some(number)
}

/// The number may come with a `call.started` that is still under way (D-08), so it is waited for as long as there are
/// attempts. Web calls have none: then there is no contact, and nothing failed.
fn without_number(notice: &Notice) -> Result<(), SinkError> {
    if notice.call.started_at.is_none() && !notice.is_last_attempt {
        let reason = "the call's number is not known yet".to_owned();
        return Err(SinkError::Later {
            reason,
            after: None,
        });
    }
    let call_id = KeyFields::from(&notice.effect.key).call_id;
    tracing::info!(
        ?call_id,
        "a call without a number is not brought to the CRM"
    );
    Ok(())
}

fn contact(notice: &Notice, phone: &str) -> Value {
    let call = &notice.call;
    let date = date(notice);
    json!({
        "where": {"phone": phone},
        "update": object([
            ("lastCallDate", Some(date.as_str().into())),
            ("lastCallDuration", duration(call)),
            ("lastCallNotes", Some(notes(call).into())),
            ("customFields", Some(object([
                ("intent", outcome(call, "intent").map(bounded)),
                ("sentiment", outcome(call, "sentiment_score").map(bounded)),
                ("resolved", outcome(call, "resolved").map(bounded)),
            ]))),
        ]),
        "create": {"phone": phone, "firstCallDate": date, "source": "ai_agent"},
    })
}

fn activity(notice: &Notice, phone: &str) -> Value {
    let call = &notice.call;
    let intent = shown(outcome(call, "intent"));
    let intent = intent.as_deref().unwrap_or("General");
    object([
        ("type", Some("phone_call".into())),
        ("contactPhone", Some(phone.into())),
        (
            "subject",
            Some(one_line(&format!("AI Agent Call - {intent}")).into()),
        ),
        ("description", Some(notes(call).into())),
        ("outcome", verdict(call)),
        ("recordingUrl", call.recording_url.clone()),
        ("date", Some(date(notice).into())),
    ])
}

fn date(notice: &Notice) -> String {
    capped(&notice.effect.key.timestamp, LONGEST_NAME)
}

/// Null where `resolved` is null, absent where it is absent or neither true nor false.
fn verdict(call: &Call) -> Option<Value> {
    match resolved(call) {
        Some(true) => Some("resolved".into()),
        Some(false) => Some("needs_followup".into()),
        None => outcome(call, "resolved")
            .filter(|value| value.is_null())
            .cloned(),
    }
}

/// What was said, a line per turn, at most [`LONGEST_TEXT`] characters.
fn notes(call: &Call) -> String {
    let lines: Vec<&str> = turns(call).map(|(_, text)| text).collect();
    capped(&lines.join("\n"), LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::sample;

    #[test]
    fn a_call_is_told_as_in_the_guide() {
        let notice = sample::usual();
        let phone = phone(&notice.call).unwrap();
        insta::assert_snapshot!("contact", format!("{:#}", contact(&notice, phone)));
        insta::assert_snapshot!("activity", format!("{:#}", activity(&notice, phone)));
    }

    #[test]
    fn null_absent_zero_and_false_stay_apart() {
        let told = |inner| {
            let notice = sample::ended(inner);
            let fields = contact(&notice, "+1")["update"]["customFields"].clone();
            (fields, activity(&notice, "+1").get("outcome").cloned())
        };
        for (outcome, fields, verdict) in [
            (
                json!({"intent": null, "sentiment_score": 0, "resolved": false}),
                json!({"intent": null, "sentiment": 0, "resolved": false}),
                Some(json!("needs_followup")),
            ),
            (
                json!({"resolved": null}),
                json!({"resolved": null}),
                Some(Value::Null),
            ),
            (json!({"resolved": "no"}), json!({"resolved": "no"}), None),
            (json!({}), json!({}), None),
            (Value::Null, json!({}), None),
        ] {
            let inner = json!({"outcomeResult": outcome});
            assert_eq!(told(inner), (fields, verdict), "{outcome}");
        }
        assert_eq!(told(json!({})), (json!({}), None));
    }

    #[test]
    fn a_subject_is_one_line_and_general_without_an_intent() {
        for (intent, said) in [
            (json!("billing\r\nX: y"), "AI Agent Call - billing  X: y"),
            (json!(""), "AI Agent Call - General"),
            (json!(null), "AI Agent Call - General"),
            (json!(0), "AI Agent Call - 0"),
            (json!(["a"]), "AI Agent Call - [\"a\"]"),
        ] {
            let notice = sample::ended(json!({"outcomeResult": {"intent": intent}}));
            assert_eq!(activity(&notice, "+1")["subject"], said);
        }
        let long = sample::ended(json!({"outcomeResult": {"intent": "é".repeat(9_000)}}));
        let subject = activity(&long, "+1")["subject"].clone();
        assert_eq!(subject.as_str().unwrap().chars().count(), 200);
    }

    #[test]
    fn custom_fields_are_bounded() {
        let long = json!("x".repeat(9_000));
        let list = json!(vec!["x"; 20_000]);
        let outcome = json!({"intent": long, "sentiment_score": list, "resolved": long});
        let notice = sample::ended(json!({"outcomeResult": outcome}));
        let fields = contact(&notice, "+1")["update"]["customFields"].clone();
        for (name, most) in [
            ("intent", LONGEST_NAME),
            ("sentiment", LONGEST_TEXT),
            ("resolved", LONGEST_NAME),
        ] {
            assert_eq!(
                fields[name].as_str().unwrap().chars().count(),
                most,
                "{name}"
            );
        }
    }

    #[test]
    fn a_long_transcript_is_cut_between_characters() {
        let turns = json!([{"User": "مرحبا".repeat(200_000)}, {"Agent": "bye"}]);
        let notice = sample::ended(json!({"transcription": turns}));
        for notes in [
            &contact(&notice, "+1")["update"]["lastCallNotes"],
            &activity(&notice, "+1")["description"],
        ] {
            let notes = notes.as_str().unwrap();
            assert_eq!(notes.chars().count(), LONGEST_TEXT);
            assert!(notes.starts_with("مرحبا") && notes.ends_with('…'));
        }
    }

    #[test]
    fn the_number_is_that_of_the_other_end() {
        let started = |inner| sample::event("call.started", inner);
        let ended = |inner| sample::event("call.ended", inner);
        let both = json!({"fromNumber": "+1", "toNumber": "+2"});
        let with = |direction: &str| {
            let mut inner = both.clone();
            inner["callDirection"] = direction.into();
            inner
        };
        for (events, number) in [
            (vec![started(with("inbound")), ended(json!({}))], Some("+1")),
            (
                vec![started(with("Outbound")), ended(json!({}))],
                Some("+2"),
            ),
            (vec![started(both.clone()), ended(json!({}))], Some("+1")),
            (vec![ended(json!({"fromNumber": " +3 "}))], Some("+3")),
            (vec![ended(json!({"fromNumber": "  "}))], None),
            (vec![ended(json!({"fromNumber": 15}))], Some("15")),
            (vec![ended(json!({}))], None),
        ] {
            let call = sample::notice(&events).call;
            assert_eq!(phone(&call), number, "{events:?}");
        }
    }

    #[test]
    fn a_number_is_waited_for_until_the_call_has_none() {
        let mut alone = sample::ended(json!({}));
        assert!(matches!(
            without_number(&alone),
            Err(SinkError::Later { .. })
        ));
        alone.is_last_attempt = true;
        assert_eq!(without_number(&alone), Ok(()));
        let started = sample::event("call.started", json!({"fromNumber": null}));
        let web = sample::notice(&[started, sample::event("call.ended", json!({}))]);
        assert_eq!(without_number(&web), Ok(()));
    }
}
