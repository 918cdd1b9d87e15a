//! What the receiver counts while it answers and works.
//!
//! Every series is there from the start, at zero: the first refusal ever is an increase, and nothing that a stranger
//! sends can add one. Counting is an addition or three, without a lock.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;

use super::histogram::Times;
use crate::observe::{Answered, Observer, Worked};
use crate::store::Task;

/// Counts since the start of the process.
#[derive(Debug)]
pub(super) struct Metrics {
    answers: [Counter; Answered::ALL.len()],
    acknowledged: Times,
    attempts: [[Counter; Worked::ALL.len()]; Task::ALL.len()],
    started: Duration,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            answers: Default::default(),
            acknowledged: Times::default(),
            attempts: Default::default(),
            started: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        }
    }
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut answers = encoder.encode_descriptor(
            "hamsa_answers",
            "Requests to the webhook, by how they were answered",
            None,
            MetricType::Counter,
        )?;
        for (answered, count) in Answered::ALL.iter().zip(&self.answers) {
            let labels = [("answer", answered.name())];
            count.encode(answers.encode_family(&labels)?)?;
        }
        self.acknowledged.encode(encoder.encode_descriptor(
            "hamsa_ack_seconds",
            "Time from the head of a valid sender's event to its answer",
            None,
            MetricType::Histogram,
        )?)?;
        let mut attempts = encoder.encode_descriptor(
            "hamsa_attempts",
            "Attempts at a task, by how they ended",
            None,
            MetricType::Counter,
        )?;
        for (task, counts) in Task::ALL.iter().zip(&self.attempts) {
            for (worked, count) in Worked::ALL.iter().zip(counts) {
                let labels = [("task", task.name()), ("result", worked.name())];
                count.encode(attempts.encode_family(&labels)?)?;
            }
        }
        encoder
            .encode_descriptor("hamsa_build", "This receiver", None, MetricType::Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        encoder
            .encode_descriptor(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970",
                None,
                MetricType::Gauge,
            )?
            .encode_gauge(&self.started.as_secs_f64())
    }
}

impl Observer for Metrics {
    fn answered(&self, answered: Answered, took: Duration) {
        self.answers[answered as usize].inc();
        // Strangers are refused at once, and slow bodies are the sender's: they would hide how long events take.
        if matches!(
            answered,
            Answered::Accepted
                | Answered::Duplicate
                | Answered::UnknownType
                | Answered::Unavailable
        ) {
            self.acknowledged.observe(took);
        }
    }

    fn worked(&self, task: Task, worked: Worked) {
        self.attempts[usize::from(task.code())][worked as usize].inc();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prometheus_client::encoding::prometheus_text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    fn text(metrics: Arc<Metrics>) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(metrics));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn every_series_is_there_from_the_start() {
        let text = text(Arc::new(Metrics::new()));
        let series = |name: &str| {
            let is_zero = |line: &&str| line.starts_with(name) && line.ends_with(" 0");
            text.lines().filter(is_zero).count()
        };
        assert_eq!(series("hamsa_answers_total{answer="), Answered::ALL.len());
        assert_eq!(series("hamsa_attempts_total{task="), 20);
        assert_eq!(series("hamsa_ack_seconds_count"), 1);
        assert!(text.contains("hamsa_build_info{version=\""), "{text}");
    }

    #[test]
    fn what_is_observed_is_counted_where_it_belongs() {
        let metrics = Arc::new(Metrics::new());
        metrics.answered(Answered::Accepted, Duration::from_millis(3));
        metrics.answered(Answered::Unauthorized, Duration::from_secs(9));
        metrics.worked(Task::Handle, Worked::Effect);
        metrics.worked(Task::Email, Worked::Dead);
        let text = text(metrics);
        for line in [
            "hamsa_answers_total{answer=\"accepted\"} 1",
            "hamsa_answers_total{answer=\"unauthorized\"} 1",
            "hamsa_ack_seconds_count 1",
            "hamsa_ack_seconds_sum 0.003",
            "hamsa_attempts_total{task=\"handle\",result=\"effect\"} 1",
            "hamsa_attempts_total{task=\"email\",result=\"dead\"} 1",
            "hamsa_attempts_total{task=\"handle\",result=\"dead\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
