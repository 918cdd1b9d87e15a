//! Pairs of refused requests, timed against each other.

use std::time::{Duration, Instant};

use super::handle::{Stop, Trial};
use crate::sender::{Attempt, Request};

impl Trial {
    /// Sends both requests over a kept connection again and again, in an order drawn anew each
    /// time, for at most so many pairs and so long; gives by how many microseconds the second took
    /// longer in each pair. Nothing is recorded of them. It ends early when one is not refused
    /// with 401 or 403, which then says nothing about the credential.
    ///
    /// # Errors
    /// [`Stop::Gone`] when no connection can be made.
    pub async fn pairs(
        &mut self,
        pair: [Request; 2],
        most: usize,
        longest: Duration,
    ) -> Result<Vec<f64>, Stop> {
        let connector = self.scene.connector.clone();
        let mut connection = self.open().await?;
        let mut differences = Vec::new();
        let until = Instant::now() + longest;
        while differences.len() < most && Instant::now() < until {
            let mut took = [None; 2];
            let first = self.rng().usize(0..2);
            for which in [first, 1 - first] {
                if !connection.is_open {
                    connection = self.open().await?;
                }
                let request = pair[which].clone();
                let attempt = connector.attempt_on(&mut connection, request).await;
                took[which] = refused_after(&attempt);
                // A receiver may close a kept connection whenever it likes.
                connection.is_open &= attempt.answer().is_some();
                if attempt.answer().is_some() && took[which].is_none() {
                    return Ok(differences);
                }
            }
            if let [Some(one), Some(other)] = took {
                differences.push(other - one);
            }
        }
        Ok(differences)
    }
}

/// How long the refusal took, in microseconds.
fn refused_after(attempt: &Attempt) -> Option<f64> {
    let is_refusal = matches!(attempt.status(), Some(401 | 403));
    let took = attempt.timing.acknowledgement().filter(|_| is_refusal)?;
    Some(took.as_secs_f64() * 1e6)
}
