//! Measured durations and their quantiles. A run of minutes has some ten thousand of them, so they
//! are kept and sorted: every quantile is a value that occurred.

use std::time::Duration;

use crate::sender::millis;

/// Durations in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample(Vec<Duration>);

impl FromIterator<Duration> for Sample {
    fn from_iter<T: IntoIterator<Item = Duration>>(values: T) -> Self {
        let mut values: Vec<Duration> = values.into_iter().collect();
        values.sort_unstable();
        Self(values)
    }
}

impl Sample {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest value that this share of all does not exceed; zero of an empty sample.
    pub fn quantile(&self, share: f64) -> Duration {
        let index = (self.0.len() as f64 * share).ceil() as usize;
        let last = self.0.len().saturating_sub(1);
        self.0
            .get(index.saturating_sub(1).min(last))
            .copied()
            .unwrap_or_default()
    }

    /// The largest value.
    pub fn max(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    /// The share of values beyond a limit.
    pub fn share_over(&self, limit: Duration) -> f64 {
        let within = self.0.partition_point(|value| *value <= limit);
        let over = self.0.len() - within;
        over as f64 / self.0.len().max(1) as f64
    }

    /// The usual quantiles in one line.
    pub fn describe(&self) -> String {
        format!(
            "p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
            millis(self.quantile(0.5)),
            millis(self.quantile(0.9)),
            millis(self.quantile(0.99)),
            millis(self.quantile(0.999)),
            millis(self.max()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(values: impl IntoIterator<Item = u64>) -> Sample {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let sample = ms((1..=1000).rev());
        let at = |share| sample.quantile(share).as_millis();
        assert_eq!((at(0.5), at(0.99), at(0.999)), (500, 990, 999));
        assert_eq!(
            (at(0.0), at(1.0), sample.max().as_millis()),
            (1, 1000, 1000)
        );
    }

    #[test]
    fn a_share_counts_what_is_beyond_and_not_what_is_on_the_limit() {
        let sample = ms([10, 10, 11, 30]);
        assert!((sample.share_over(Duration::from_millis(10)) - 0.5).abs() < 1e-9);
        assert!(ms([]).share_over(Duration::ZERO) < 1e-9);
    }

    #[test]
    fn nothing_measured_is_nothing() {
        assert_eq!(ms([]).quantile(0.5), Duration::ZERO);
        assert!(ms([]).is_empty());
    }
}
