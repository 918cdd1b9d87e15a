//! The latency of acknowledged deliveries.

use std::time::Duration;

use super::model::Latency;

/// Summarises how long valid deliveries took; `None` when none was acknowledged.
pub(super) fn latency(mut times: Vec<Duration>, deadline: Duration) -> Option<Latency> {
    times.sort_unstable();
    let slowest = *times.last()?;
    let at = |share: f64| {
        let index = (times.len() as f64 * share).ceil() as usize;
        ms(times[index.saturating_sub(1).min(times.len() - 1)])
    };
    Some(Latency {
        count: times.len() as u64,
        p50_ms: at(0.5),
        p90_ms: at(0.9),
        p99_ms: at(0.99),
        max_ms: ms(slowest),
        over_deadline: times.iter().filter(|time| **time > deadline).count() as u64,
    })
}

/// Milliseconds, to the microsecond: finer is not what the clock is good for.
pub(crate) fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let times = (1..=100).rev().map(Duration::from_millis).collect();
        let summary = latency(times, Duration::from_millis(98)).unwrap();
        assert_eq!(
            (summary.p50_ms, summary.p99_ms, summary.max_ms),
            (50.0, 99.0, 100.0)
        );
        assert_eq!((summary.count, summary.over_deadline), (100, 2));
        assert!(latency(Vec::new(), Duration::ZERO).is_none());
    }
}
