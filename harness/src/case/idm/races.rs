//! What cases about races have seen, and what may be said about it.

use std::time::Duration;

use crate::case::trial::Effects;
use crate::sender::millis;
use crate::stats::upper_bound;
use crate::terms::EvidenceKind::E5;
use crate::terms::Level;
use crate::verdict::{Check, Verdict};

/// Proved overlaps after which zero violations bound the share of violated overlaps at 5 %.
pub(super) const ENOUGH_OVERLAPS: usize = 60;

/// What a case about races has seen.
pub(super) struct Races {
    /// Releases, each of another event.
    pub(super) trials: usize,
    /// Pairs of copies that were provably under way at the same time.
    pub(super) overlaps: usize,
    /// The largest time between the last bytes of a release.
    pub(super) widest: Duration,
}

impl Races {
    /// Reports the races, and leaves them open where fewer overlaps than `least` were proved.
    pub(super) fn judge(&self, verdict: &mut Verdict, effects: &Effects, least: usize) {
        // Events with more than one effect, where effects can be seen.
        let violations = match effects {
            Effects::Seen(account) => Some(account.duplicated.len()),
            Effects::Counted { .. }
            | Effects::Restless
            | Effects::Unreadable(_)
            | Effects::Unseen(_) => None,
        };
        self.report(verdict, violations);
        let claim = "copies were under way at the same time";
        verdict.add(if self.overlaps < least {
            let (overlaps, trials) = (self.overlaps, self.trials);
            let why = format!("{overlaps} overlaps proved in {trials} releases");
            Check::unclear(Level::Must, claim, &[E5], why)
        } else {
            Check::judged(Level::Must, claim, &[E5], None)
        });
    }

    fn report(&self, verdict: &mut Verdict, violations: Option<usize>) {
        verdict.figure("trials", self.trials as f64, "");
        verdict.figure("overlaps", self.overlaps as f64, "");
        verdict.figure("lastBytesApart", self.widest.as_secs_f64() * 1000.0, "ms");
        if let Some(violations) = violations {
            verdict.figure("violations", violations as f64, "");
            verdict.figure("violationsAtMost", self.bound(violations), "share");
        }
        verdict.note(format!(
            "{} releases, {} proved overlaps, last bytes at most {} apart: {}",
            self.trials,
            self.overlaps,
            millis(self.widest),
            self.outcome(violations),
        ));
    }

    /// What the effects say about that many overlaps; never that there are no races.
    fn outcome(&self, violations: Option<usize>) -> String {
        let Some(violations) = violations else {
            return "what they led to is unseen".to_owned();
        };
        let bound = match self.overlaps {
            0 => "nothing can be said about races".to_owned(),
            _ => {
                let percent = self.bound(violations) * 100.0;
                format!("at most {percent:.1} % of overlaps go wrong (95 %)")
            }
        };
        match violations {
            0 => format!("no violation; {bound}"),
            _ => format!("{violations} events taken twice; {bound}"),
        }
    }

    /// The upper bound of the share of overlaps that go wrong.
    fn bound(&self, violations: usize) -> f64 {
        let overlaps = self.overlaps as u64;
        upper_bound((violations as u64).min(overlaps), overlaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(overlaps: usize, violations: Option<usize>) -> String {
        let races = Races {
            trials: 60,
            overlaps,
            widest: Duration::ZERO,
        };
        races.outcome(violations)
    }

    #[test]
    fn the_text_says_what_was_proved_and_no_more() {
        assert!(outcome(60, Some(0)).contains("at most 4.9 %"));
        assert!(outcome(200, Some(0)).contains("at most 1.5 %"));
        assert!(outcome(60, Some(3)).contains("3 events taken twice; at most 12.4 %"));
        assert!(outcome(0, Some(0)).contains("nothing"));
        assert!(outcome(60, None).contains("unseen"));
    }
}
