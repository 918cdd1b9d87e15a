//! Who counts: the core tells an observer what happens, and knows none.

use std::fmt::Debug;
use std::time::Duration;

use crate::store::Task;

/// How a delivery was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answered {
    /// 200: the event is durable.
    Accepted,
    /// 200: it was durable already.
    Duplicate,
    /// 200: durable, but nothing handles its type.
    UnknownType,
    /// 400: the body is no event.
    Invalid,
    /// 401: the token is missing or wrong.
    Unauthorized,
    /// 429: the token is missing or wrong, and that came too often.
    TooManyRequests,
    /// 403: the client's address is not on the allow-list.
    Forbidden,
    /// 405: not POST.
    MethodNotAllowed,
    /// 408: the body did not arrive in time.
    TooSlow,
    /// 415: the body is compressed.
    Encoded,
    /// 413: the body is too large.
    TooLarge,
    /// 503: the event could not be made durable.
    Unavailable,
}

impl Answered {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Accepted,
        Self::Duplicate,
        Self::UnknownType,
        Self::Invalid,
        Self::Unauthorized,
        Self::TooManyRequests,
        Self::Forbidden,
        Self::MethodNotAllowed,
        Self::TooSlow,
        Self::Encoded,
        Self::TooLarge,
        Self::Unavailable,
    ];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::UnknownType => "unknown_type",
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::TooManyRequests => "too_many_requests",
            Self::Forbidden => "forbidden",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooSlow => "too_slow",
            Self::Encoded => "encoded",
            Self::TooLarge => "too_large",
            Self::Unavailable => "unavailable",
        }
    }
}

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

impl Worked {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Effect, Self::Done, Self::Retry, Self::Dead];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Dead => "dead",
        }
    }
}

/// Is told of every answer and every attempt. Called on the way of an answer, so it must not wait.
pub trait Observer: Debug + Send + Sync {
    /// A request to the webhook was answered; `took` is the time from its head to the answer.
    fn answered(&self, answered: Answered, took: Duration);

    /// An attempt at a task has ended and is recorded.
    fn worked(&self, task: Task, worked: Worked);
}

/// Nobody counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Observer for Nobody {
    fn answered(&self, _: Answered, _: Duration) {}
    fn worked(&self, _: Task, _: Worked) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_in_the_order_of_their_numbers() {
        for (number, answered) in Answered::ALL.into_iter().enumerate() {
            assert_eq!(answered as usize, number);
        }
        for (number, worked) in Worked::ALL.into_iter().enumerate() {
            assert_eq!(worked as usize, number);
        }
    }
}
