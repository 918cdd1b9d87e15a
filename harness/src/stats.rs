//! What numbers of trials can say: exact bounds on a share, and the shift between paired samples.
//!
//! All methods are free of assumptions about distributions: latencies have none that is known.

/// How sure the statements are that reports make.
pub const CONFIDENCE: f64 = 0.95;
/// The standard normal quantiles of a two-sided interval at 95 %, and of a power of 80 %.
const Z_INTERVAL: f64 = 1.959_964;
const Z_POWER: f64 = 0.841_621;
/// Halvings of the range 0..1 that end beyond the precision of `f64`.
const HALVINGS: usize = 60;

/// The exact (Clopper–Pearson) one-sided 95 % upper bound of a share of which `hits` of `trials`
/// were seen: 0 of 60 bounds it at 4.9 %, 0 of 200 at 1.5 %. Without a trial it is 1.
pub fn upper_bound(hits: u64, trials: u64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    let (mut low, mut high) = (hits as f64 / trials as f64, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if at_most(hits, trials, middle) > 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The probability of at most `hits` in `trials` when each hits with `share`.
fn at_most(hits: u64, trials: u64, share: f64) -> f64 {
    // In logarithms: the powers of large trials are beyond the range of `f64`.
    let (ln_hit, ln_miss) = (share.ln(), (-share).ln_1p());
    let mut ln_ways = 0.0;
    let mut sum = 0.0;
    for k in 0..=hits {
        if k > 0 {
            ln_ways += ((trials - k + 1) as f64).ln() - (k as f64).ln();
        }
        let ln_hits = if k == 0 { 0.0 } else { k as f64 * ln_hit };
        sum += (ln_ways + ln_hits + (trials - k) as f64 * ln_miss).exp();
    }
    sum.min(1.0)
}

/// How far the second values of pairs lie above the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The median of the differences.
    pub median: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Shift {
    /// The median of the differences with the exact interval of the sign test, whose ends are order
    /// statistics. `None` below ten pairs, which say nothing.
    pub fn of(mut differences: Vec<f64>) -> Option<Self> {
        let count = differences.len();
        if count < 10 {
            return None;
        }
        differences.sort_by(f64::total_cmp);
        let median = f64::midpoint(differences[(count - 1) / 2], differences[count / 2]);
        // The normal approximation of the binomial is exact to a rank from ten on.
        let half = Z_INTERVAL * (count as f64).sqrt() / 2.0;
        let rank = (count as f64 / 2.0 - half).floor().max(1.0) as usize;
        Some(Self {
            median,
            low: differences[rank - 1],
            high: differences[count - rank],
        })
    }

    /// True when zero lies outside the interval.
    pub fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// The smallest true shift that such a sample would have shown four times in five.
    pub fn detectable(&self) -> f64 {
        let error = (self.high - self.low) / (2.0 * Z_INTERVAL);
        error * (Z_INTERVAL + Z_POWER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(actual: f64, expected: f64) -> bool {
        (actual - expected).abs() < 5e-5
    }

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Without a hit the bound is 1 - 0.05^(1/n); the others are quantiles of beta(k + 1, n - k).
        for (hits, trials, expected) in [
            (0, 1, 0.95),
            (0, 60, 0.0487),
            (0, 200, 0.0149),
            (1, 10, 0.3942),
            (5, 10, 0.7776),
            (2, 100, 0.0616),
            (10, 10, 1.0),
            (0, 0, 1.0),
        ] {
            let bound = upper_bound(hits, trials);
            assert!(is_near(bound, expected), "{hits}/{trials}: {bound}");
        }
    }

    #[test]
    fn many_trials_are_within_range() {
        assert!(is_near(upper_bound(0, 1_000_000), 0.000_003));
        let bound = upper_bound(500_000, 1_000_000);
        assert!(bound > 0.5 && bound < 0.502, "{bound}");
    }

    #[test]
    fn a_shift_is_found_where_there_is_one() {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut noise = |by: f64| -> Vec<f64> {
            let pairs = 0..4_000;
            pairs
                .map(|_| by + rng.f64() * 100.0 - rng.f64() * 100.0)
                .collect()
        };
        let shifted = Shift::of(noise(10.0)).unwrap();
        assert!(shifted.is_clear());
        assert!(shifted.low < 10.0 && 10.0 < shifted.high, "{shifted:?}");
        let level = Shift::of(noise(0.0)).unwrap();
        assert!(!level.is_clear(), "{level:?}");
        // What it could have shown is less than what it did show.
        assert!(
            level.detectable() > 0.5 && level.detectable() < 10.0,
            "{level:?}"
        );
    }

    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        let mut rng = fastrand::Rng::with_seed(11);
        let rounds = 2_000;
        let held = (0..rounds).filter(|_| {
            let sample = (0..50).map(|_| rng.f64() - 0.5).collect();
            !Shift::of(sample).unwrap().is_clear()
        });
        let share = held.count() as f64 / f64::from(rounds);
        assert!((0.94..0.985).contains(&share), "{share}");
    }

    #[test]
    fn few_pairs_say_nothing() {
        assert_eq!(Shift::of(vec![1.0; 9]), None);
        let same = Shift::of(vec![1.0; 10]).unwrap();
        assert_eq!((same.low, same.median, same.high), (1.0, 1.0, 1.0));
    }
}
