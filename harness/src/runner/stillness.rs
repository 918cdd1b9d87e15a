//! The last look at effects: a receiver whose queue is slow brings them long after their cases were
//! judged, and is not to blame for that.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::ledger::Effect;
use crate::probe::{Patience, ProbeError, Reading};

/// The time between two questions about all keys of a run.
const PAUSE: Duration = Duration::from_millis(500);

/// What the last look saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastLook {
    /// All effects.
    pub(super) effects: Vec<Effect>,
    /// False when more were still arriving when patience ended.
    pub(super) is_still: bool,
}

/// Asks once; and where `is_open` says that what is there leaves a verdict open, again until nothing
/// has been added for the quiet time, at most for the longest. Nothing for a probe that counts only.
///
/// # Errors
/// When the first answer cannot be had, or none when patience ends.
pub(super) async fn until_still<Answer>(
    ask: impl Fn() -> Answer,
    patience: Patience,
    is_open: impl Fn(&[Effect]) -> bool,
) -> Result<Option<LastLook>, ProbeError>
where
    Answer: Future<Output = Result<Reading, ProbeError>>,
{
    let began = Instant::now();
    let Reading::Records(mut effects) = ask().await? else {
        return Ok(None);
    };
    let mut is_still = !is_open(&effects);
    let mut since = began.elapsed();
    while !is_still {
        sleep(PAUSE).await;
        let asked = began.elapsed();
        let is_last = asked >= patience.longest;
        match ask().await {
            Ok(Reading::Records(now)) if now.len() != effects.len() => {
                effects = now;
                since = began.elapsed();
            }
            Ok(_) => is_still = asked >= since + patience.quiet,
            Err(error) if is_last => return Err(error),
            Err(_) => {}
        }
        if is_last {
            break;
        }
    }
    Ok(Some(LastLook { effects, is_still }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        longest: Duration::from_secs(30),
        quiet: Duration::from_secs(2),
    };

    fn effects(number: u64) -> Reading {
        let effect = |index: u64| Effect {
            call_id: format!("c{index}"),
            event_type: "e".to_owned(),
            timestamp: "t".to_owned(),
            kind: None,
            data: None,
        };
        Reading::Records((0..number).map(effect).collect())
    }

    /// Looks at a receiver that shows what the script says, by the time since the start in
    /// milliseconds: how many effects, whether it was still, and the seconds that this took.
    async fn look(
        is_open: bool,
        script: impl Fn(u64) -> Result<Reading, ProbeError>,
    ) -> (Result<Option<(usize, bool)>, String>, u64) {
        let began = Instant::now();
        let elapsed = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ask = || std::future::ready(script(elapsed()));
        let look = until_still(ask, PATIENCE, |_| is_open).await;
        let seen = look.map(|look| look.map(|look| (look.effects.len(), look.is_still)));
        (seen.map_err(|error| error.to_string()), elapsed() / 1000)
    }

    #[tokio::test(start_paused = true)]
    async fn what_leaves_nothing_open_is_looked_at_once() {
        assert_eq!(
            look(false, |now| Ok(effects(now))).await,
            (Ok(Some((0, true))), 0)
        );
        assert_eq!(
            look(true, |_| Ok(Reading::Count(3))).await,
            (Ok(None), 0),
            "a count has no keys to wait for"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn effects_are_waited_for_as_long_as_they_come() {
        assert_eq!(
            look(true, |_| Ok(effects(7))).await,
            (Ok(Some((7, true))), 2)
        );
        // One each second for ten seconds, then two seconds of silence.
        let slow = |now: u64| Ok(effects((now / 1000).min(10)));
        assert_eq!(look(true, slow).await, (Ok(Some((10, true))), 12));
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let endless = |now: u64| Ok(effects(now / 1000));
        assert_eq!(look(true, endless).await, (Ok(Some((30, false))), 30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_fails_is_asked_again() {
        let broken = || Err(ProbeError::Unreachable("refused".to_owned()));
        let hiccup = |now: u64| match now {
            400..1_100 => broken(),
            _ => Ok(effects(2)),
        };
        assert_eq!(look(true, hiccup).await, (Ok(Some((2, true))), 2));
        let (gone, took) = look(true, |now| if now == 0 { Ok(effects(2)) } else { broken() }).await;
        assert!(gone.is_err() && took == 30, "{gone:?} after {took} s");
    }
}
