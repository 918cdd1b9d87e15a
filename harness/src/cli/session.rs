//! A run from settings to report: prepares the scene, runs preflight and plan, assembles.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::commands::{Commands, shown};
use super::output::diagnostic;
use super::process::{control, not_started, others};
use super::progress;
use super::settings::Resolved;
use super::target::{Receiver, receiver};
use crate::case::CaseSet;
use crate::cli::args::ProfileArg;
use crate::error::HarnessError;
use crate::faults::Faults;
use crate::load::Punctuality;
use crate::probe::Probe;
use crate::profile::{Auth, Exposure, Profile};
use crate::pulse::Pulse;
use crate::redact::Redactor;
use crate::report::{EffectsInfo, ExitCode, Report, RunFacts, TargetInfo, assemble};
use crate::runner::{
    Events, Job, Plan, Preflight, RunRecord, cut_off, default_patience, preflight, run,
};
use crate::scene::{Observed, Scene};
use crate::secret::Secret;
use crate::sender::{Connector, Limits, NoAnswer, Protocol, TlsSetup, is_local};
use crate::throttle::Throttle;

/// The secret of this process, so that error messages can be scrubbed whatever went wrong.
static SECRET: OnceLock<Secret> = OnceLock::new();

/// The secret, once it is known.
pub(super) fn configured_secret() -> Option<Secret> {
    SECRET.get().cloned()
}

/// The text without the secret.
pub(super) fn scrubbed(text: &str) -> String {
    Redactor::new(configured_secret().as_ref()).scrub(text)
}

/// A prepared run.
pub(super) struct Session {
    scene: Scene,
    pub(super) profile: Profile,
    pub(super) given_text: String,
    pub(super) commands: Commands,
    redactor: Redactor,
    started_at: SystemTime,
    begin: Begin,
    _receiver: Receiver,
}

/// What comes before the first look at the receiver.
#[derive(Clone, Copy)]
enum Begin {
    /// It is the user's, and ours to start.
    Start,
    /// Somebody else starts it, and may have this long to do so.
    Wait(Option<Duration>),
}

/// A grace over the deadline, so that a late answer can be told from none.
const GRACE: Duration = Duration::from_millis(200);

impl Session {
    /// Finds the receiver and prepares everything that is shared.
    ///
    /// # Errors
    /// [`HarnessError::Usage`] for what the user can correct.
    pub(super) async fn prepare(mut resolved: Resolved) -> Result<Self, HarnessError> {
        let receiver = receiver(&resolved.given, &resolved.credentials).await?;
        if let Some(secret) = &receiver.secret {
            let _ = SECRET.set(secret.clone());
        }
        let commands = Commands::new(&resolved);
        let target = receiver.target.clone();
        // A receiver that we start brings its own probe; the user's is for the user's receiver.
        let effects = receiver.effects.clone().or_else(|| resolved.effects.take());
        let tls = TlsSetup::new(resolved.tls.clone())
            .map_err(|error| HarnessError::usage(error.to_string()))?;
        let probe = effects
            .as_deref()
            .map(|spec| Probe::parse(spec, &target, receiver.secret.as_ref(), &tls))
            .transpose()
            .map_err(|error| HarnessError::usage(format!("--effects: {error}")))?;
        let is_spawned = resolved.process.spawns();
        let sink = probe.as_ref().and_then(Probe::sink_url);
        if let Some(url) = sink.filter(|_| !is_spawned) {
            diagnostic(&format!("effects are to be posted to {url}"));
        }
        // A name without an address is for preflight to tell, so that it ends in a report too.
        let addresses = target.resolve().await.unwrap_or_default();
        let is_local = addresses.iter().all(|address| is_local(address.ip()));
        let profile = profile(&resolved, receiver.secret.is_some(), is_local);
        let process = control(
            &resolved.process,
            &receiver,
            &addresses,
            sink,
            resolved.wait,
        );
        let connector = Connector {
            target,
            addresses,
            secret: receiver.secret.clone(),
            headers: resolved.headers,
            limits: Limits {
                connect: profile.deadline,
                answer: profile.deadline + GRACE,
            },
            tls: Arc::new(tls),
            protocol: Protocol::default(),
        };
        let also = others(&resolved.process, &receiver, &connector).await;
        let started_at = SystemTime::now();
        let epoch = started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let blindness = "effects are unseen without --effects".to_owned();
        let scene = Scene {
            connector,
            probe,
            hooks: receiver.hooks.clone().unwrap_or(resolved.hooks),
            faults: Faults::default(),
            log_file: match &receiver.child {
                Some(child) => Some(child.log_file.clone()),
                None => resolved.log_file,
            },
            dedup_window: resolved.dedup_window,
            process,
            durable: profile.durable,
            also,
            blindness,
            payloads: resolved.payloads,
            run_id: format!("{:08x}", fastrand::u32(..)),
            is_thorough: profile.selection.set == CaseSet::All,
            seed: profile.seed,
            deadline: profile.deadline,
            budget: profile.budget,
            max_rate: resolved.max_rate,
            is_local,
            observed: Observed {
                effect_types: Vec::new(),
                usual_status: Vec::new(),
                patience: default_patience(profile.settle_max),
            },
            throttle: Throttle::default(),
            throttled: Mutex::new(None),
            punctuality: Punctuality::default(),
            capacity: Mutex::new(None),
            pulse: Pulse::default(),
            down: Mutex::new(None),
            epoch_ms: u64::try_from(epoch.as_millis()).unwrap_or_default(),
            started: Instant::now(),
        };
        Ok(Self {
            redactor: Redactor::new(receiver.secret.as_ref()),
            scene,
            profile,
            given_text: resolved.given_text,
            commands,
            started_at,
            begin: match is_spawned {
                true => Begin::Start,
                false => Begin::Wait(resolved.wait),
            },
            _receiver: receiver,
        })
    }

    /// Runs preflight and the plan; an interruption leaves a partial report.
    ///
    /// # Errors
    /// When there can be no verdict, or the harness itself failed.
    pub(super) async fn report(self) -> Result<Report, HarnessError> {
        let (events, listener) = Events::channel();
        let display = tokio::spawn(progress::show(listener, self.redactor.clone()));
        let report = self.run(events).await;
        let _ = display.await;
        report
    }

    async fn run(self, events: Events) -> Result<Report, HarnessError> {
        let Self {
            mut scene,
            profile,
            given_text,
            commands,
            redactor,
            started_at,
            begin,
            _receiver,
        } = self;
        let command = commands.run();
        let process = scene.process.clone();
        let mut interruption = Box::pin(interruption());
        let mut interrupted = None;
        let mut no_verdict = None;
        let preflight = tokio::select! {
            looked = look(&mut scene, &profile, &events, begin) => match looked {
                Err(HarnessError::NoVerdict { problem, remedy }) => {
                    let cut_off = Preflight::without_verdict(&scene, &problem);
                    no_verdict = Some((problem, remedy));
                    cut_off
                }
                looked => looked?,
            },
            cause = &mut interruption => {
                interrupted = Some(cause);
                Preflight::cut_off(&scene)
            }
        };
        let probe = scene.probe.as_ref().map(Probe::describe);
        if let Some(problem) = &preflight.probe_problem {
            scene.blindness.clone_from(problem);
            scene.probe = None;
        }
        scene.observed = preflight.observed.clone();
        let plan = Plan::new(&profile, &scene);
        let scene = Arc::new(scene);
        let record = RunRecord::default();
        let job = Job {
            scene: Arc::clone(&scene),
            profile: &profile,
            plan: &plan,
            command: &command,
            can_repeat_requests: !commands.is_started_by_us,
        };
        if interrupted.is_none() && no_verdict.is_none() {
            interrupted = tokio::select! {
                () = run(&job, &preflight, &record, &events) => None,
                cause = &mut interruption => Some(cause),
            };
        }
        // What an interruption left in disorder.
        if let Err(error) = scene.faults.repair(&scene.connector.tls).await {
            diagnostic(&format!(
                "error: a fault was not ended: {}",
                scrubbed(&error.to_string())
            ));
        }
        if let Some((why, _)) = &interrupted {
            cut_off(&job, &record, why);
        }
        if let Some((problem, _)) = &no_verdict {
            cut_off(&job, &record, &format!("no verdict: {problem}"));
        }
        drop(events);
        if let Some(process) = process {
            process.end().await;
        }
        let results = record.results();
        let facts = RunFacts {
            effects_advice: commands.to_see_effects(
                &scene.connector.target,
                probe.is_some(),
                preflight.counts_only,
            ),
            target: TargetInfo {
                url: scene.connector.target.shown(),
                given: shown(&given_text),
            },
            is_over_http2: scene.connector.protocol == Protocol::Http2,
            call_id_prefix: scene.prefix(),
            started_at: humantime::format_rfc3339_millis(started_at).to_string(),
            took: scene.started.elapsed(),
            interrupted,
            no_verdict,
            preflight: preflight.steps.into_iter().chain(record.steps()).collect(),
            gaps: plan.gaps(&results),
            results,
            latencies: record.latencies(),
            effects: EffectsInfo {
                probe,
                counts_only: preflight.counts_only,
                types: scene.observed.effect_types.clone(),
                settle_ms: preflight.settle.map(|took| took.as_secs_f64() * 1000.0),
                late: record.late_effects(),
            },
            command,
        };
        Ok(assemble(facts, &profile, &redactor))
    }
}

/// Starts the receiver or waits for it, then looks at it.
async fn look(
    scene: &mut Scene,
    profile: &Profile,
    events: &Events,
    begin: Begin,
) -> Result<Preflight, HarnessError> {
    match begin {
        Begin::Start => {
            if let Some(process) = &scene.process {
                process.start().await.map_err(|error| not_started(&error))?;
            }
        }
        Begin::Wait(Some(limit)) => wait_until_open(&scene.connector, limit).await,
        Begin::Wait(None) => {}
    }
    preflight(scene, profile, events).await
}

fn profile(resolved: &Resolved, has_secret: bool, is_local: bool) -> Profile {
    Profile {
        exposure: match resolved.profile {
            Some(ProfileArg::Local) => Exposure::Local,
            Some(ProfileArg::Public) => Exposure::Public,
            None if is_local => Exposure::Local,
            None => Exposure::Public,
        },
        auth: if has_secret { Auth::Bearer } else { Auth::Off },
        selection: resolved.selection.clone(),
        strict: resolved.strict,
        deadline: resolved.deadline,
        budget: resolved.budget,
        settle_max: resolved.settle_max,
        jobs: resolved.jobs,
        seed: resolved.seed,
        owns_target: resolved.owns_target,
        effect_types: resolved.effect_types.clone(),
        durable: resolved.process.durable,
        fail_fast: resolved.fail_fast,
        accepted: resolved.accepted.clone(),
    }
}

/// Waits until somebody listens, or for as long as the user is willing to.
async fn wait_until_open(connector: &Connector, limit: Duration) {
    let began = Instant::now();
    // A bad certificate is a listener too; preflight judges it.
    while let Err(NoAnswer::NotConnected(_)) = connector.open().await {
        if began.elapsed() >= limit {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Resolves on SIGINT or SIGTERM.
pub(super) async fn interruption() -> (String, ExitCode) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        diagnostic("note: signals cannot be watched, an interruption will leave no report");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => ("interrupted".to_owned(), ExitCode::Interrupted),
        _ = terminate.recv() => ("terminated".to_owned(), ExitCode::Terminated),
    }
}
