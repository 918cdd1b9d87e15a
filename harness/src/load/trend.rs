//! Whether something measured grows while a run goes on: a slope and what is known of it.

use std::time::Duration;

/// Stretches of a run whose medians the line is laid through: single slow answers then weigh
/// nothing, and neighbours in time, which are never independent, count once.
const STRETCHES: usize = 20;
/// Two-sided 95 % for the 18 degrees of freedom that twenty points leave.
const STUDENT: f64 = 2.101;

/// A straight line through latencies over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Seconds of latency per second of run.
    pub slope: f64,
    /// The slope lies within this much of it, at 95 % confidence.
    pub margin: f64,
    /// The time that the line covers.
    pub over: Duration,
}

impl Trend {
    /// The line through `(when, latency)` points; `None` when they are too few to tell.
    pub fn of(mut points: Vec<(Duration, Duration)>) -> Option<Self> {
        if points.len() < STRETCHES * 2 {
            return None;
        }
        points.sort_unstable();
        let over = points.last()?.0.saturating_sub(points.first()?.0);
        let medians: Vec<(f64, f64)> = (0..STRETCHES)
            .map(|at| {
                let count = points.len();
                let stretch = &points[at * count / STRETCHES..(at + 1) * count / STRETCHES];
                let mut latencies: Vec<Duration> = stretch.iter().map(|(_, took)| *took).collect();
                latencies.sort_unstable();
                let middle = stretch.len() / 2;
                (
                    stretch[middle].0.as_secs_f64(),
                    latencies[middle].as_secs_f64(),
                )
            })
            .collect();
        let mean =
            |of: fn(&(f64, f64)) -> f64| medians.iter().map(of).sum::<f64>() / STRETCHES as f64;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = medians.iter().map(|point| (point.0 - x).powi(2)).sum();
        if spread == 0.0 {
            return None;
        }
        let slope = medians
            .iter()
            .map(|point| (point.0 - x) * (point.1 - y))
            .sum::<f64>()
            / spread;
        let rest: f64 = medians
            .iter()
            .map(|point| (point.1 - y - slope * (point.0 - x)).powi(2))
            .sum();
        let margin = STUDENT * (rest / (STRETCHES - 2) as f64 / spread).sqrt();
        Some(Self {
            slope,
            margin,
            over,
        })
    }

    /// What the latency grew by from first to last, at the least (95 %); zero when it may not have.
    pub fn least_growth(&self) -> Duration {
        let least = (self.slope - self.margin).max(0.0) * self.over.as_secs_f64();
        Duration::try_from_secs_f64(least).unwrap_or_default()
    }

    /// Slope and interval in words.
    pub fn describe(&self) -> String {
        format!(
            "latency changes by {:+.3} ± {:.3} ms per second (95 %)",
            self.slope * 1000.0,
            self.margin * 1000.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(latency: impl Fn(u64) -> u64) -> Vec<(Duration, Duration)> {
        (0..400)
            .map(|at| {
                (
                    Duration::from_millis(at * 5),
                    Duration::from_micros(latency(at)),
                )
            })
            .collect()
    }

    #[test]
    fn growth_is_told_from_noise_and_from_outliers() {
        let growing = Trend::of(points(|at| 1_000 + at * 500 + at % 7 * 100)).unwrap();
        assert!((growing.slope - 0.1).abs() < 0.01, "{}", growing.describe());
        assert!(growing.least_growth() > Duration::from_millis(180));
        let noisy = Trend::of(points(|at| 1_000 + at * 7919 % 997)).unwrap();
        assert!(noisy.slope - noisy.margin < 0.0 && noisy.slope + noisy.margin > 0.0);
        let late_outliers = points(|at| {
            if at > 390 && at % 3 == 0 {
                900_000
            } else {
                1_000
            }
        });
        assert_eq!(
            Trend::of(late_outliers).unwrap().least_growth(),
            Duration::ZERO
        );
    }

    #[test]
    fn too_little_says_nothing() {
        assert!(Trend::of(points(|_| 1)[..30].to_vec()).is_none());
        let at_once = vec![(Duration::ZERO, Duration::from_millis(1)); 100];
        assert!(Trend::of(at_once).is_none());
    }
}
