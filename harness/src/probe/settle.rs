//! Waits until a receiver has done what it is going to do.

use std::time::{Duration, Instant};

use super::answer::Reading;
use super::spec::{Probe, ProbeError, Scope};
use crate::ledger::{Effect, Ledger};

/// How long to wait for effects.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// At most this long for everything expected to be there.
    pub longest: Duration,
    /// The answer has to stay the same for this long.
    pub quiet: Duration,
}

/// Where waiting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Nothing changed any more.
    Records(Vec<Effect>),
    /// As above, and only the number is known.
    Count(u64),
    /// It was still changing when patience ended.
    Restless,
}

/// Asks until every expected key is there and the answer has been quiet, or patience ends.
///
/// # Errors
/// When the probe fails at the last reading; a failure in between is asked again.
pub async fn settle(
    probe: &Probe,
    scope: &Scope,
    ledger: &Ledger,
    patience: Patience,
) -> Result<Settled, ProbeError> {
    let (mut pause, longest_pause) = if probe.is_cheap() {
        (Duration::from_millis(20), Duration::from_millis(200))
    } else {
        (Duration::from_millis(150), Duration::from_millis(500))
    };
    let began = Instant::now();
    let mut last: Option<Reading> = None;
    let mut changed = began;
    loop {
        let asked = Instant::now();
        let reading = probe.read(scope).await;
        if let Ok(reading) = &reading
            && last.as_ref() != Some(reading)
        {
            changed = asked;
            last = Some(reading.clone());
        }
        // Quiet counts from the first reading of the final state, not from the last change of
        // the receiver, which can only be earlier.
        let is_quiet = last.is_some() && changed.elapsed() >= patience.quiet;
        let is_complete = last.as_ref().is_some_and(|seen| match seen {
            Reading::Records(effects) => ledger.account(effects).lost.is_empty(),
            Reading::Count(count) => *count >= ledger.expected_effects() as u64,
        });
        let is_over = began.elapsed() >= patience.longest;
        if (is_complete && is_quiet) || is_over {
            reading?;
            return Ok(match last {
                Some(Reading::Records(effects)) if is_quiet => Settled::Records(effects),
                Some(Reading::Count(count)) if is_quiet => Settled::Count(count),
                _ => Settled::Restless,
            });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(longest_pause);
    }
}
