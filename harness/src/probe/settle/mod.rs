//! Waits until a receiver has done what it is going to do.

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::Instant;

use super::answer::Reading;
use super::spec::{Probe, ProbeError, Scope};
use crate::ledger::{Effect, Ledger};

/// Quiet times that are granted after `longest`: one is needed, and each change in between starts
/// another one.
const QUIETS: u32 = 4;

/// How long to wait for effects.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// At most this long for everything expected to be there.
    pub longest: Duration,
    /// After that, complete or not, the answer has to stay the same for this long. It is given
    /// four times this long to do so.
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

/// Asks until every expected key is there, or has been waited for long enough, and the answer has
/// been quiet since.
///
/// # Errors
/// When the probe still fails when patience ends; until then a failure is asked again.
pub async fn settle(
    probe: &Probe,
    scope: &Scope,
    ledger: &Ledger,
    patience: Patience,
) -> Result<Settled, ProbeError> {
    let pace = if probe.is_cheap() {
        Pace::from_millis(20, 200)
    } else {
        Pace::from_millis(150, 500)
    };
    until_settled(|| probe.read(scope), pace, ledger, patience).await
}

/// Pauses between questions, growing from the shortest to the longest.
#[derive(Debug, Clone, Copy)]
struct Pace {
    shortest: Duration,
    longest: Duration,
}

impl Pace {
    const fn from_millis(shortest: u64, longest: u64) -> Self {
        Self {
            shortest: Duration::from_millis(shortest),
            longest: Duration::from_millis(longest),
        }
    }
}

/// The latest state of a receiver that could be read.
struct State {
    reading: Reading,
    /// When its first answer had arrived.
    since: Duration,
    is_complete: bool,
}

async fn until_settled<Answer>(
    ask: impl Fn() -> Answer,
    pace: Pace,
    ledger: &Ledger,
    patience: Patience,
) -> Result<Settled, ProbeError>
where
    Answer: Future<Output = Result<Reading, ProbeError>>,
{
    // Moments are counted from here.
    let began = Instant::now();
    let ends = patience
        .longest
        .saturating_add(patience.quiet.saturating_mul(QUIETS));
    let mut pause = pace.shortest;
    let mut state: Option<State> = None;
    loop {
        let asked = began.elapsed();
        let answer = ask().await;
        let answered = began.elapsed();
        let failure = match answer {
            Ok(reading)
                if state
                    .as_ref()
                    .is_some_and(|known| known.reading.shrank_to(&reading)) =>
            {
                return Err(ProbeError::Garbage(
                    "the count went down: effects do not cease to have happened".to_owned(),
                ));
            }
            Ok(reading) => {
                if !matches!(&state, Some(known) if known.reading.shows_the_same(&reading)) {
                    state = Some(State {
                        is_complete: is_complete(&reading, ledger),
                        reading,
                        since: answered,
                    });
                }
                None
            }
            Err(error) => Some(error),
        };
        let quiet_at = state.as_ref().map(|state| {
            let from = match state.is_complete {
                true => state.since,
                false => state.since.max(patience.longest),
            };
            from.saturating_add(patience.quiet)
        });
        // Only what was asked for after the quiet time shows that it was quiet: an answer that is
        // slow to arrive shows an earlier moment.
        let is_quiet = failure.is_none() && quiet_at.is_some_and(|at| asked >= at);
        if is_quiet && let Some(state) = state {
            return Ok(state.reading.into());
        }
        if answered >= ends {
            return failure.map_or(Ok(Settled::Restless), Err);
        }
        // Asks again at the quiet moment itself; a failing probe is left in peace for a pause.
        let next = match quiet_at {
            Some(at) if failure.is_none() => at.min(answered + pause),
            _ => answered + pause,
        };
        tokio::time::sleep(next.min(ends).saturating_sub(answered)).await;
        pause = (pause * 3 / 2).min(pace.longest);
    }
}

fn is_complete(reading: &Reading, ledger: &Ledger) -> bool {
    match reading {
        Reading::Records(effects) => ledger.account(effects).lost.is_empty(),
        Reading::Count(count) => *count >= ledger.expected_effects() as u64,
    }
}

impl From<Reading> for Settled {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Records(effects) => Self::Records(effects),
            Reading::Count(count) => Self::Count(count),
        }
    }
}
