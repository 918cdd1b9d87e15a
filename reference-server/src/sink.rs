//! Other systems that are told of effects: one trait, and what a sink is given.
//!
//! A sink gets its deliveries from the store's queue, so that nothing is lost when it is down and nothing else waits
//! for it. It may get one twice (the process died before it was marked as done), each time with the same
//! [`Notice::idempotency_key`].

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use crate::call::Call;
use crate::handler::kind;
use crate::store::digest::digest;
use crate::store::{Effect, EffectRecord, Task};

/// What [`Sink::deliver`] returns: boxed, so that a receiver can hold an `Arc<dyn Sink>`.
pub type Delivered<'a> = Pin<Box<dyn Future<Output = Result<(), SinkError>> + Send + 'a>>;

/// A system that is told of effects (G-ASYNC-02). Its `Debug` shows no secret.
pub trait Sink: Debug + Send + Sync {
    /// The queue its deliveries wait in; no two sinks of a receiver share one.
    fn task(&self) -> Task;

    /// Whether it wants to be told of this effect. Pure, for it is asked again when handling is repeated.
    fn wants(&self, effect: &Effect) -> bool;

    /// Tells it. Bounded in time by the caller, too.
    fn deliver<'a>(&'a self, notice: &'a Notice) -> Delivered<'a>;
}

/// An effect on its way to a sink, with all that is known of its call now.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The effect.
    pub effect: EffectRecord,
    /// The envelope's `agentId`, when it was sent.
    pub agent_id: Option<String>,
    /// The envelope's `agentName`, when it was sent.
    pub agent_name: Option<String>,
    /// The record of the call.
    pub call: Call,
    /// The same text whenever this effect is brought to this sink, another for any other effect or sink. All ends of one
    /// call have the same.
    pub idempotency_key: String,
    /// Whether a failure now is the end: what is still unknown will not be waited for.
    pub is_last_attempt: bool,
}

impl Notice {
    /// 64 hexadecimal digits of a hash of the event's key, and the sink's name.
    pub(crate) fn key_for(effect: &EffectRecord, task: Task) -> String {
        let mut key = effect.key.clone();
        if effect.kind == kind::CALL_ENDED {
            key.timestamp.clear();
        }
        let hex = digest(&key).map(|byte| format!("{byte:02x}")).concat();
        format!("{hex}-{}", task.name())
    }
}

/// A sink did not take a notice. Messages hold neither secrets nor content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// It may take it later: no answer, too many requests, a failure of its own.
    #[error("{reason}")]
    Later {
        /// Why, for people.
        reason: String,
        /// The wait that it asked for.
        after: Option<Duration>,
    },
    /// It will never take it; the delivery becomes a dead letter at once.
    #[error("{0}")]
    Never(String),
}

#[cfg(test)]
mod tests {
    use hamsa_schemas::IdempotencyKey;
    use serde_json::Value;

    use super::*;

    fn key(call_id: &str, kind: &str, timestamp: &str, task: Task) -> String {
        let key = IdempotencyKey {
            call_id: call_id.to_owned(),
            event_type: kind.replace('_', "."),
            timestamp: timestamp.to_owned(),
        };
        let effect = EffectRecord {
            key,
            kind: kind.to_owned(),
            data: Value::Null,
        };
        Notice::key_for(&effect, task)
    }

    #[test]
    fn an_idempotency_key_names_event_and_sink() {
        let one = key("a", "utterance", "t", Task::Slack);
        assert_eq!(one, key("a", "utterance", "t", Task::Slack));
        assert_ne!(one, key("b", "utterance", "t", Task::Slack));
        assert_ne!(one, key("a", "utterance", "u", Task::Slack));
        assert_ne!(one, key("a", "utterance", "t", Task::Crm));
        assert!(one.len() == 70 && one.ends_with("-slack"), "{one}");
    }

    #[test]
    fn a_call_ends_once() {
        let first = key("a", kind::CALL_ENDED, "t1", Task::Crm);
        assert_eq!(first, key("a", kind::CALL_ENDED, "t2", Task::Crm));
        assert_ne!(first, key("b", kind::CALL_ENDED, "t1", Task::Crm));
    }
}
