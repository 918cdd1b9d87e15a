//! `call.ended`: transcript, recording and outcome of the whole call; the only body the guide
//! documents in full.

use super::{
    outcome::{Outcome, read_outcome},
    reader::Reader,
    transcript::{Turn, read_turns},
};
use crate::{envelope::EventBody, presence::Presence, validate::Violation};

/// What a `call.ended` event tells. A call that was never answered may lack any of it (D-12).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallEnded {
    /// `data.timestamp`: when the call was complete; unrelated to the envelope's (G-EVT-08, A-13).
    pub completed_at: Presence<String>,
    /// `conversationId`.
    pub conversation_id: Presence<String>,
    /// `conversationRecording`: a URL that may expire (A-38, D-14).
    pub recording_url: Presence<String>,
    /// `transcription` as turns, in order; empty when missing.
    pub turns: Vec<Turn>,
    /// `outcomeResult`.
    pub outcome: Presence<Outcome>,
    /// `callDuration` in seconds.
    pub duration_s: Presence<f64>,
    /// `fromNumber`, in any notation.
    pub from_number: Presence<String>,
    /// Members of unexpected types.
    pub warnings: Vec<Violation>,
}

impl CallEnded {
    /// Reads a body.
    pub fn read(body: EventBody<'_>) -> Self {
        let mut reader = Reader::new(body);
        Self {
            completed_at: reader.wrapper_text("timestamp"),
            conversation_id: reader.text("conversationId"),
            recording_url: reader.text("conversationRecording"),
            turns: read_turns(&mut reader),
            outcome: read_outcome(&mut reader, body),
            duration_s: reader.number("callDuration"),
            from_number: reader.text("fromNumber"),
            warnings: reader.into_warnings(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(inner: &Value) -> CallEnded {
        let data = json!({"timestamp": "2025-11-27T09:10:35.000Z", "data": inner});
        CallEnded::read(EventBody::of(Some(&data)))
    }

    fn turn(speaker: &str, text: &str) -> Turn {
        Turn {
            speaker: speaker.into(),
            text: text.into(),
        }
    }

    #[test]
    fn turns_keep_their_order_and_nothing_is_lost() {
        let ended = read(&json!({"transcription": [
            {"User": "a", "Agent": "b"}, {}, {"Agent": ""}, {"Agent": {"x": 1}}, {"System": "c"},
            {"User": null}, "stray",
        ]}));
        let expected = [
            turn("User", "a"),
            turn("Agent", "b"),
            turn("Agent", "{\"x\":1}"),
            turn("System", "c"),
        ];
        assert_eq!(ended.turns, expected);
        let pointers: Vec<_> = ended.warnings.iter().map(|w| w.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/data/data/transcription/3/Agent",
                "/data/data/transcription/6"
            ]
        );
    }

    #[test]
    fn null_absent_zero_and_false_stay_apart() {
        let outcome = |fields| {
            read(&json!({"outcomeResult": fields}))
                .outcome
                .into_given()
                .unwrap()
        };
        let given = outcome(json!({"sentiment_score": 0, "resolved": false, "intent": null}));
        assert_eq!(given.sentiment_score(), Presence::Given(0.0));
        assert_eq!(given.resolved(), Presence::Given(false));
        assert!(given.field("intent").is_null());
        assert!(given.field("priority").is_absent());
        assert!(outcome(json!({"resolved": null})).resolved().is_null());
        for speakers in [json!(2), json!("2")] {
            let given = outcome(json!({"number_of_speakers": speakers}));
            assert_eq!(given.number_of_speakers(), Presence::Given(2.0));
        }
    }

    #[test]
    fn an_empty_body_is_no_oddity() {
        for inner in [json!({}), json!(null), json!([])] {
            let ended = read(&inner);
            assert_eq!(
                ended.completed_at,
                Presence::Given("2025-11-27T09:10:35.000Z".into())
            );
            assert!(
                ended.turns.is_empty() && ended.outcome.is_absent() && ended.warnings.is_empty()
            );
        }
    }

    #[test]
    fn echoed_json_texts_come_back_parsed_or_raw() {
        let ended = read(&json!({"outcomeResult": {"good": "[1]", "bad": "[1"}}));
        let outcome = ended.outcome.into_given().unwrap();
        assert_eq!(outcome.parsed("good"), Presence::Given(json!([1])));
        assert_eq!(outcome.parsed("bad"), Presence::Given(json!("[1")));
    }
}
