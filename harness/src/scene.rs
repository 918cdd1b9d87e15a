//! What all trials of a run share: the receiver, how to see its effects, and what is known of it.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::faults::Faults;
use crate::hooks::Hooks;
use crate::load::Punctuality;
use crate::payloads::Payloads;
use crate::probe::{Patience, Probe};
use crate::process::ProcessControl;
use crate::pulse::Pulse;
use crate::sender::{Attempt, Connector};
use crate::throttle::Throttle;

/// The scene of a run.
pub struct Scene {
    /// How to reach the receiver.
    pub connector: Connector,
    /// How to see its effects, if there is a way.
    pub probe: Option<Probe>,
    /// How to make its surroundings misbehave.
    pub hooks: Hooks,
    /// What misbehaves at the moment.
    pub faults: Faults,
    /// The file that it logs to, if the user told.
    pub log_file: Option<PathBuf>,
    /// How long a key has to be remembered, as far as the run waits to see it.
    pub dedup_window: Duration,
    /// How to end and start its process, if there is a way.
    pub process: Option<ProcessControl>,
    /// True when it is declared to keep what it acknowledged over the end of its process.
    pub durable: bool,
    /// Further URLs of the same receiver.
    pub also: Vec<Connector>,
    /// Why effects cannot be seen, when there is no usable probe.
    pub blindness: String,
    /// Where bodies come from.
    pub payloads: Payloads,
    /// Random per run; part of every call id, so that leftovers of other runs never matter.
    pub run_id: String,
    /// True when the user has minutes: cases that draw at random draw more.
    pub is_thorough: bool,
    /// Decides every random choice among stimuli.
    pub seed: u64,
    /// The deadline of R1.
    pub deadline: Duration,
    /// The latency that the user wants to stay under.
    pub budget: Duration,
    /// Requests per second that no load case goes beyond.
    pub max_rate: Option<f64>,
    /// True when every address of the target is loopback or private.
    pub is_local: bool,
    /// What preflight learned.
    pub observed: Observed,
    /// The receiver's wish to be sent less.
    pub throttle: Throttle,
    /// The first delivery that it wished away.
    pub throttled: Mutex<Option<Attempt>>,
    /// How the harness itself kept up.
    pub punctuality: Punctuality,
    /// Requests per second that it was last seen to sustain.
    pub capacity: Mutex<Option<f64>>,
    /// Whether it still answers at all.
    pub pulse: Pulse,
    /// Set once the receiver has stopped serving: the id of the case that found it so.
    pub down: Mutex<Option<&'static str>>,
    /// Unix time of the run's start in milliseconds; timestamps of events count from here.
    pub epoch_ms: u64,
    /// The moment that offsets in reports count from.
    pub started: Instant,
}

/// What preflight learned about the receiver.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Event types whose deliveries leave effects; the others are checked for their answer only.
    pub effect_types: Vec<String>,
    /// The status that an ordinary event of each type got.
    pub usual_status: Vec<(String, u16)>,
    /// How long to wait for effects.
    pub patience: Patience,
}

impl Observed {
    /// True when an event of this type leaves an effect.
    pub fn leaves_effect(&self, event_type: &str) -> bool {
        self.effect_types.iter().any(|known| known == event_type)
    }

    /// The status that an ordinary event of this type got.
    pub fn usual_status(&self, event_type: &str) -> Option<u16> {
        self.usual_status
            .iter()
            .find(|(known, _)| known == event_type)
            .map(|(_, status)| *status)
    }
}

impl Scene {
    /// True when the receiver's process can be sent signals, not only be killed by a command.
    pub fn takes_signals(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(ProcessControl::takes_signals)
    }

    /// The prefix of every call id of this run.
    pub fn prefix(&self) -> String {
        format!("hc-{}-", self.run_id)
    }

    /// The prefix of the call ids of events that nobody accounts for.
    pub fn background_prefix(&self) -> String {
        format!("hc-{}b-", self.run_id)
    }

    /// The case after which the receiver stopped serving.
    pub fn down_after(&self) -> Option<&'static str> {
        self.down.lock().map_or(None, |down| *down)
    }

    /// Notes that the receiver stopped serving; the first to notice is right.
    pub fn note_down(&self, case: &'static str) {
        if let Ok(mut down) = self.down.lock() {
            down.get_or_insert(case);
        }
    }

    /// Notes that the receiver was started again.
    pub fn note_up(&self) {
        if let Ok(mut down) = self.down.lock() {
            *down = None;
        }
    }

    /// Notes a 429 to a valid delivery; true when it should be waited out and sent again.
    pub fn note_throttled(&self, attempt: &Attempt) -> bool {
        if attempt.status() != Some(429) {
            return false;
        }
        if let Ok(mut first) = self.throttled.lock() {
            first.get_or_insert_with(|| attempt.clone());
        }
        let wish = attempt
            .answer()
            .and_then(|answer| answer.header("retry-after"));
        self.throttle.note(wish.as_deref())
    }

    /// An event timestamp this many milliseconds after the start of the run: ISO 8601, UTC.
    pub fn timestamp(&self, offset_ms: u64) -> String {
        let at = std::time::UNIX_EPOCH + Duration::from_millis(self.epoch_ms + offset_ms);
        humantime::format_rfc3339_millis(at).to_string()
    }
}
