//! What goes into a store and comes out of it.

use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use serde_json::Value;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The key was unknown; the event is durable and queued.
    New,
    /// The key is known, and its first event is durable.
    Duplicate {
        /// The bytes differ from those of the first delivery; the first ones count.
        altered: bool,
    },
}

/// Something to be done with an event. Each task has a queue of its own, so that one that is stuck holds up no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// Run the handler: every accepted event starts with it.
    Handle,
    /// Bring the effect to the CRM.
    Crm,
    /// Bring the effect to the analytics service.
    Analytics,
    /// Alert people in Slack.
    Slack,
    /// Send the summary of the call by e-mail.
    Email,
}

impl Task {
    /// All of them, each at the index that is its [`code`](Self::code).
    pub const ALL: [Self; 5] = [
        Self::Handle,
        Self::Crm,
        Self::Analytics,
        Self::Slack,
        Self::Email,
    ];

    /// The number that stores keep; it never changes its meaning.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Handle => 0,
            Self::Crm => 1,
            Self::Analytics => 2,
            Self::Slack => 3,
            Self::Email => 4,
        }
    }

    /// The task of a [`code`](Self::code).
    #[must_use]
    pub fn of_code(code: i64) -> Option<Self> {
        Self::ALL.get(usize::try_from(code).ok()?).copied()
    }

    /// The name that people see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::Crm => "crm",
            Self::Analytics => "analytics",
            Self::Slack => "slack",
            Self::Email => "email",
        }
    }

    /// The task of a [`name`](Self::name).
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}

/// An event that one worker may handle now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The backend's number of the event; later events have larger ones.
    pub id: i64,
    /// What to do with it.
    pub task: Task,
    /// Counts from 1 and grows with every lease of this task, until a dead letter is revived: the fence against workers that
    /// lost it.
    pub attempt: u32,
    /// The event's key.
    pub key: IdempotencyKey,
    /// The event's body as it was received.
    pub body: Bytes,
}

/// How a lease ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// The task is done.
    Done {
        /// What the handler understood. `None` is an event that has no effect, such as one of an unknown type, or
        /// a task that is not [`Task::Handle`].
        effect: Option<Effect>,
        /// What is to be done next with the event.
        next: Vec<Task>,
    },
    /// Failed, to be tried again.
    Retry {
        /// Wait before the next attempt.
        after: Duration,
    },
    /// Given up.
    Dead {
        /// Why, for people.
        reason: String,
    },
}

/// What a handler understood of an event: one record per event taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The handler that made it, such as `utterance`.
    pub kind: &'static str,
    /// Its findings.
    pub data: Value,
}

/// An effect with the key of its event.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectRecord {
    /// Key of the event.
    pub key: IdempotencyKey,
    /// [`Effect::kind`].
    pub kind: String,
    /// [`Effect::data`].
    pub data: Value,
}

/// A task that was given up; the event's body stays in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The backend's number of the event.
    pub id: i64,
    /// What could not be done.
    pub task: Task,
    /// Key of the event.
    pub key: IdempotencyKey,
    /// Attempts made.
    pub attempts: u32,
    /// Why the last one failed.
    pub reason: String,
}

/// What one step of pruning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// Events, and hashes of forgotten ones, that are gone.
    pub removed: usize,
    /// Whether another step would find more.
    pub has_more: bool,
}

/// How much is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Accepted events whose handling is neither done nor dead.
    pub pending: u64,
    /// Deliveries to sinks that are neither done nor dead.
    pub deliveries: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the oldest pending event was received, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_found_by_code_and_name() {
        for (code, task) in (0..).zip(Task::ALL) {
            assert_eq!(i64::from(task.code()), code);
            assert_eq!(Task::of_code(code), Some(task));
            assert_eq!(Task::of_name(task.name()), Some(task));
        }
        assert_eq!(Task::of_code(5), None);
        assert_eq!(Task::of_code(-1), None);
        assert_eq!(Task::of_name("Handle"), None);
    }
}
