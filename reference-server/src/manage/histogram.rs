//! A histogram of times that costs its observer three additions and no lock; the crate's own takes a mutex.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// Upper bounds in milliseconds. The sender gives up after 5 s, so the last seconds are told apart.
const BOUNDS_MS: [u64; 14] = [
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 3_000, 4_000, 5_000,
];

/// Counts times by size.
#[derive(Debug, Clone, Default)]
pub(super) struct Times(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// One per bound, and one for what is longer.
    buckets: [AtomicU64; BOUNDS_MS.len() + 1],
    nanos: AtomicU64,
}

impl Times {
    pub(super) fn observe(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_MS.partition_point(|ms| ms * 1_000_000 < nanos);
        self.0.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.0.nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}

impl EncodeMetric for Times {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let bounds = BOUNDS_MS
            .map(|ms| Duration::from_millis(ms).as_secs_f64())
            .into_iter()
            .chain([f64::INFINITY]);
        let counts = self.0.buckets.iter().map(|n| n.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        // The sum of what was read, so that count and buckets agree whatever is observed meanwhile.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let nanos = self.0.nanos.load(Ordering::Relaxed);
        let sum = Duration::from_nanos(nanos).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_time_falls_into_the_bucket_that_it_does_not_exceed() {
        let times = Times::default();
        for micros in [0, 1_000, 1_001, 4_999_999, 5_000_000, 5_000_001] {
            times.observe(Duration::from_micros(micros));
        }
        let mut registry = Registry::default();
        registry.register("t", "Times", times);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "t_bucket{le=\"0.001\"} 2",
            "t_bucket{le=\"0.002\"} 3",
            "t_bucket{le=\"4\"} 3",
            "t_bucket{le=\"5\"} 5",
            "t_bucket{le=\"+Inf\"} 6",
            "t_count 6",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
