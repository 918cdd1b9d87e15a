//! The order of preflight's steps, and what they find together.

use std::time::{Duration, Instant};

use futures_util::future::join;

use super::effects::see_effects;
use super::events::{deliver_all, is_acknowledged, mint, no_event_acknowledged};
use super::reach::{reach, speaks_only_http2};
use super::strangers::{Strangers, everyone_gets_in, nobody_is_there, send_as_strangers};
use crate::case::Delivery;
use crate::error::HarnessError;
use crate::profile::{Auth, Profile};
use crate::report::PreflightStep;
use crate::runner::event::{Event, Events};
use crate::scene::{Observed, Scene};
use crate::sender::{Attempt, Protocol};
use crate::terms::Outcome;
use crate::verdict::{Check, Judgement};

/// Which cases a root cause makes meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// All that deliver anything.
    Everything,
    /// Those about refusing bad credentials.
    Refusals,
}

/// One cause behind many failures: it is the finding of one case, and blocks the others.
pub struct Root {
    /// The case that the finding is filed under.
    pub case: &'static str,
    /// What it makes meaningless.
    pub blocks: Blocks,
    /// The finding.
    pub check: Check,
    /// The attempts that show it.
    pub attempts: Vec<Attempt>,
}

/// What preflight found.
pub struct Preflight {
    /// Its steps.
    pub steps: Vec<PreflightStep>,
    /// What was learned about the receiver.
    pub observed: Observed,
    /// A cause behind everything, if there is one.
    pub root: Option<Root>,
    /// Why effects cannot be used although a probe was given.
    pub probe_problem: Option<String>,
    /// How long effects took to appear.
    pub settle: Option<Duration>,
    /// True when the probe counts effects without naming them.
    pub counts_only: bool,
}

impl Preflight {
    /// What an interruption leaves of it.
    pub fn cut_off(scene: &Scene) -> Self {
        Self {
            steps: Vec::new(),
            observed: scene.observed.clone(),
            root: None,
            probe_problem: Some("interrupted during preflight".to_owned()),
            settle: None,
            counts_only: false,
        }
    }
}

impl Preflight {
    /// What is left of it when there is nothing to judge.
    pub fn without_verdict(scene: &Scene, problem: &str) -> Self {
        let step = PreflightStep {
            id: "P1".to_owned(),
            title: "there is a receiver to judge".to_owned(),
            outcome: Outcome::Fail,
            detail: problem.to_owned(),
        };
        Self {
            steps: vec![step],
            probe_problem: Some(problem.to_owned()),
            ..Self::cut_off(scene)
        }
    }
}

/// How long to wait for effects behind what looks like a wall.
const WALL_WAIT: Duration = Duration::from_secs(2);

/// Looks at the receiver before the first case.
///
/// # Errors
/// [`HarnessError::NoVerdict`] when there is nothing that could be judged.
pub async fn preflight(
    scene: &mut Scene,
    profile: &Profile,
    events: &Events,
) -> Result<Preflight, HarnessError> {
    let mut found = Preflight {
        steps: Vec::new(),
        observed: scene.observed.clone(),
        root: None,
        probe_problem: None,
        settle: None,
        counts_only: false,
    };
    let step = |found: &mut Preflight, id: &str, title: &str, outcome, detail: String| {
        let step = PreflightStep {
            id: id.to_owned(),
            title: title.to_owned(),
            outcome,
            detail,
        };
        events.tell(Event::Preflight(step.clone()));
        found.steps.push(step);
    };

    let title = "the URL can be connected to";
    match reach(scene).await? {
        None => step(
            &mut found,
            "P1",
            title,
            Outcome::Pass,
            "connected".to_owned(),
        ),
        Some(root) => {
            step(&mut found, "P1", title, Outcome::Fail, actual(&root.check));
            found.root = Some(root);
            return Ok(found);
        }
    }

    let deliveries = mint(scene)?;
    let (mut valid, mut strangers) = ask(scene, profile, &deliveries).await;
    let mut language = "";
    if speaks_only_http2(scene, &valid).await {
        scene.connector.protocol = Protocol::Http2;
        for replica in &mut scene.also {
            replica.protocol = Protocol::Http2;
        }
        language = ", over HTTP/2: the receiver does not speak HTTP/1.1";
        (valid, strangers) = ask(scene, profile, &deliveries).await;
    }
    let scene = &*scene;
    let delivered = Instant::now();

    found.observed.usual_status = deliveries
        .iter()
        .zip(&valid)
        .filter(|(_, attempt)| is_acknowledged(scene, attempt))
        .filter_map(|(delivery, attempt)| {
            attempt
                .status()
                .map(|status| (delivery.key.event_type.clone(), status))
        })
        .collect();
    let title = "valid events are acknowledged";
    match no_event_acknowledged(scene, profile, &valid).await? {
        Some(root) => {
            step(&mut found, "P2", title, Outcome::Fail, actual(&root.check));
            found.root = Some(root);
            return Ok(found);
        }
        None => {
            let accepted = found.observed.usual_status.len();
            let detail = format!("{accepted} of {} event types{language}", deliveries.len());
            step(&mut found, "P2", title, Outcome::Pass, detail);
        }
    }

    // Behind a wall that answers 2xx to everything there are no effects to wait for.
    let longest = match strangers.look_like_a_wall() {
        true => profile.settle_max.min(WALL_WAIT),
        false => profile.settle_max,
    };
    see_effects(
        scene,
        profile,
        &deliveries,
        (delivered, longest),
        &mut found,
        &step,
    )
    .await;

    let title = "a bad credential is refused";
    if profile.auth == Auth::Off {
        let detail = "authentication is declared off".to_owned();
        step(&mut found, "P3", title, Outcome::NotRun, detail);
        found.root = nobody_is_there(&strangers, found.settle.is_some());
    } else {
        match everyone_gets_in(&strangers, found.settle.is_some()) {
            Some(root) => {
                step(&mut found, "P3", title, Outcome::Fail, actual(&root.check));
                found.root = Some(root);
            }
            None => step(
                &mut found,
                "P3",
                title,
                Outcome::Pass,
                strangers.wrong.describe(),
            ),
        }
    }

    let title = "another path is not the receiver too";
    let is_wall = strangers.elsewhere.is_accepted();
    let detail = format!(
        "a random path beside the URL: {}",
        strangers.elsewhere.describe()
    );
    let outcome = if is_wall {
        Outcome::Inconclusive
    } else {
        Outcome::Pass
    };
    step(&mut found, "P5", title, outcome, detail);
    found.steps.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Events of all types, and beside them what no stranger should get in with.
async fn ask(
    scene: &Scene,
    profile: &Profile,
    deliveries: &[Delivery],
) -> (Vec<Attempt>, Strangers) {
    join(
        deliver_all(scene, deliveries),
        send_as_strangers(scene, profile, deliveries),
    )
    .await
}

fn actual(check: &Check) -> String {
    match &check.judgement {
        Judgement::Refuted { actual, .. } => actual.clone(),
        _ => check.claim.clone(),
    }
}
