//! The trial: one execution of a case, and what stays of it.

use std::sync::Arc;
use std::time::Duration;

use hamsa_fixtures::near_miss;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::case::declaration::{Case, Schedule};
use crate::error::HarnessError;
use crate::hooks::HookError;
use crate::ledger::{Effect, Ledger};
use crate::process::ProcessError;
use crate::scene::Scene;
use crate::sender::Attempt;

/// Why a body ends early. None of these is the receiver's promise broken.
#[derive(Debug)]
pub enum Stop {
    /// Our own failure.
    Harness(HarnessError),
    /// The receiver cannot be reached any more.
    Gone(String),
    /// The receiver does not offer what the case is about; the text says what.
    NotApplicable(String),
    /// Its process could not be ended or started as the case needed it.
    Process(ProcessError),
    /// A fault could not be begun or ended.
    Hook(HookError),
}

impl From<ProcessError> for Stop {
    fn from(error: ProcessError) -> Self {
        Self::Process(error)
    }
}

impl From<HarnessError> for Stop {
    fn from(error: HarnessError) -> Self {
        Self::Harness(error)
    }
}

/// What stays of a trial after its body has ended.
pub(crate) struct Trace {
    /// Every attempt, in the order they ended.
    pub(crate) attempts: Vec<Attempt>,
    /// What is expected of each key.
    pub(crate) ledger: Ledger,
    /// The effects that the verdict was made from.
    pub(crate) effects: Vec<Effect>,
    /// What was done to the receiver's process.
    pub(crate) actions: Vec<String>,
}

/// One execution of a case.
pub struct Trial {
    pub(super) scene: Arc<Scene>,
    pub(super) case: &'static Case,
    rng: fastrand::Rng,
    pub(super) minted: u64,
    pub(super) trace: Trace,
    pub(super) slot: Option<OwnedSemaphorePermit>,
    pub(super) sent: Option<oneshot::Sender<()>>,
}

impl Trial {
    pub(crate) fn new(
        scene: Arc<Scene>,
        case: &'static Case,
        slot: Option<OwnedSemaphorePermit>,
        sent: oneshot::Sender<()>,
    ) -> Self {
        // Each case draws from its own sequence, so a filter does not change the others' stimuli.
        let own = case.id.bytes().fold(scene.seed, |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        let trace = Trace {
            attempts: Vec::new(),
            ledger: Ledger::default(),
            effects: Vec::new(),
            actions: Vec::new(),
        };
        Self {
            scene,
            case,
            rng: fastrand::Rng::with_seed(own),
            minted: 0,
            trace,
            slot,
            sent: Some(sent),
        }
    }

    /// What the run knows.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Lets time pass.
    pub async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// The random sequence of this case; the seed decides it.
    pub fn rng(&mut self) -> &mut fastrand::Rng {
        &mut self.rng
    }

    /// The credentials that are almost right.
    pub fn near_misses(&self) -> near_miss::Family {
        let secret = self.scene.connector.secret.as_ref();
        near_miss::family(
            secret.map_or("Bearer none", |secret| secret.expose()),
            self.scene.seed,
        )
    }

    pub(crate) fn into_trace(mut self) -> Trace {
        self.end_sending();
        // The others do nothing to the process, and may end while one of these is under way.
        if matches!(self.case.schedule, Schedule::Process | Schedule::Hostile)
            && let Some(process) = &self.scene.process
        {
            self.trace.actions = process.take_diary();
        }
        self.trace
    }
}
