//! How a sender treats a delivery that was not taken: it sends the same bytes again.
//!
//! Nobody has published the provider's schedule, so these are choices of ours; a receiver must not
//! depend on any of them.

use std::time::Duration;

use super::attempt::Attempt;
use super::connection::Connector;
use super::exchange::Limits;
use super::request::Request;

/// When to give up on an attempt, and how long to wait before the next one.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// For the connection, and again from the last request byte to the last response byte.
    pub timeout: Duration,
    /// The waits between attempts; there is one attempt more than waits.
    pub waits: &'static [Duration],
}

impl RetryPolicy {
    /// Whether an attempt calls for another one: no answer, 429 and 5xx do. Any other answer is
    /// final, whatever it says.
    pub fn is_open(attempt: &Attempt) -> bool {
        matches!(attempt.status(), None | Some(429 | 500..=599))
    }

    /// Makes attempts until one is final or none is left; gives them all, the first one first.
    pub async fn run<A>(&self, mut attempt: impl FnMut() -> A) -> Vec<Attempt>
    where
        A: Future<Output = Attempt>,
    {
        let mut attempts = vec![attempt().await];
        for wait in self.waits {
            if !attempts.last().is_some_and(Self::is_open) {
                break;
            }
            tokio::time::sleep(*wait).await;
            attempts.push(attempt().await);
        }
        attempts
    }
}

impl Connector {
    /// Delivers a request as a sender with this policy does, each attempt on a new connection.
    pub async fn deliver(&self, policy: RetryPolicy, request: &Request) -> Vec<Attempt> {
        let patient = Self {
            limits: Limits {
                connect: policy.timeout,
                answer: policy.timeout,
            },
            ..self.clone()
        };
        policy.run(|| patient.attempt(request.clone())).await
    }
}
