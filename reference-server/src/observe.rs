//! Who counts: the core tells an observer what happens, and knows none.

use std::fmt::Debug;
use std::time::Duration;

use crate::store::Task;

/// How a task's attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Worked {
    /// With an effect.
    Effect,
    /// Done, without an effect: an unknown type, or a delivery to a sink.
    Done,
    /// It will be tried again.
    Retry,
    /// It was given up.
    Dead,
}

/// Is told of every answer and every attempt. Called on the way of an answer, so it must not wait.
pub trait Observer: Debug + Send + Sync {
    /// A request to the webhook was answered; `answer` is one of a few fixed words such as `accepted`, `took` the time from
    /// its head to the answer.
    fn answered(&self, answer: &'static str, took: Duration);

    /// An attempt at a task has ended and is recorded.
    fn worked(&self, task: Task, worked: Worked);
}

/// Nobody counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Observer for Nobody {
    fn answered(&self, _: &'static str, _: Duration) {}
    fn worked(&self, _: Task, _: Worked) {}
}
