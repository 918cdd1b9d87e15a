//! What the keys of Redis are called.
//!
//! All begin with `{prefix}:`. The braces are a hash tag: on a node of a cluster all keys are in one slot, as scripts demand.
//! Scripts that find events by what the indexes hold get the beginning of their names instead of the names.

use std::fmt::Write as _;

use hamsa_schemas::IdempotencyKey;

use crate::store::Task;
use crate::store::digest::digest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: format!("{{{prefix}}}:"),
        }
    }

    fn name(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    /// The layout of everything else, an integer.
    pub(super) fn version(&self) -> String {
        self.name("version")
    }

    /// Written by nothing but [`Store::check`](crate::store::Store::check).
    pub(super) fn checked(&self) -> String {
        self.name("checked")
    }

    /// Id of the newest event.
    pub(super) fn newest(&self) -> String {
        self.name("newest")
    }

    /// All events, and what remains of forgotten ones, by when they were received.
    pub(super) fn received(&self) -> String {
        self.name("received")
    }

    /// The keys of all events in byte order, as [`sortable`](super::sortable) texts.
    pub(super) fn keys(&self) -> String {
        self.name("keys")
    }

    /// Events that wait for a task or are held, by when they are due.
    pub(super) fn queue(&self, task: Task) -> String {
        self.name(&format!("queue:{}", task.code()))
    }

    /// Every queue, by code of the task.
    pub(super) fn queues(&self) -> Vec<String> {
        Task::ALL.iter().map(|task| self.queue(*task)).collect()
    }

    /// Dead letters, by id of their event.
    pub(super) fn dead(&self) -> String {
        self.name("dead")
    }

    /// What the names of events begin with.
    pub(super) fn events(&self) -> String {
        self.name("event:")
    }

    /// An event: 64 hexadecimal digits of its key's SHA-256.
    pub(super) fn event(&self, key: &IdempotencyKey) -> String {
        let mut name = self.events();
        for byte in digest(key) {
            // Writing to a `String` cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// The event that a member of an index stands for: each ends with the hash.
    pub(super) fn event_in(&self, member: &str) -> String {
        let hash = member.rsplit(':').next().unwrap_or_default();
        self.name(&format!("event:{hash}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_slot_of_the_prefix() {
        let names = Names::new("test");
        let key = IdempotencyKey {
            call_id: "{other}".to_owned(),
            event_type: "t".to_owned(),
            timestamp: "t".to_owned(),
        };
        let event = names.event(&key);
        assert_eq!(event.len(), "{test}:event:".len() + 64);
        let hash = event.rsplit(':').next().unwrap();
        assert_eq!(names.event_in(&format!("0000000000000007:{hash}")), event);
        assert!(event.starts_with(&names.events()));
        assert_eq!(names.queues()[1], "{test}:queue:1");
    }
}
