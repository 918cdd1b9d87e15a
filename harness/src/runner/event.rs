//! What a run tells while it is under way.

use tokio::sync::mpsc;

use crate::report::{CaseResult, PreflightStep};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A step of preflight ended.
    Preflight(PreflightStep),
    /// The cases begin.
    Started {
        /// How many will run.
        cases: usize,
    },
    /// A case was judged.
    CaseJudged(Box<CaseResult>),
    /// A verdict was reopened by the last sweep.
    CaseReopened(Box<CaseResult>),
}

/// Where events go; a listener that left is no fault.
#[derive(Clone)]
pub struct Events(mpsc::UnboundedSender<Event>);

impl Events {
    /// A channel of events.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Tells an event.
    pub fn tell(&self, event: Event) {
        let _ = self.0.send(event);
    }
}
