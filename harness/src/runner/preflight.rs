//! Preflight: is there anything to judge, and is there one cause behind everything?
//!
//! All requests go out together, so that a receiver which never answers costs one deadline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use hamsa_fixtures::near_miss;
use hamsa_schemas::EVENT_TYPES;

use super::event::{Event, Events};
use crate::case::Delivery;
use crate::error::HarnessError;
use crate::probe::{Patience, Probe, Reading, Scope};
use crate::profile::{Auth, Profile};
use crate::report::PreflightStep;
use crate::scene::{Observed, Scene};
use crate::sender::{Attempt, Connector, Credential, NoAnswer, Request, millis};
use crate::terms::EvidenceKind::{E1, E2};
use crate::terms::{Level, Outcome};
use crate::verdict::Check;

/// Which cases a root cause makes meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// All of them.
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
}

/// Shortest time without change that counts as settled.
const SHORTEST_QUIET: Duration = Duration::from_millis(750);

/// Looks at the receiver before the first case.
///
/// # Errors
/// [`HarnessError::NoVerdict`] when there is nothing that could be judged.
pub async fn preflight(
    scene: &Scene,
    profile: &Profile,
    events: &Events,
) -> Result<Preflight, HarnessError> {
    let mut found = Preflight {
        steps: Vec::new(),
        observed: scene.observed.clone(),
        root: None,
        probe_problem: None,
        settle: None,
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
    let (valid, strangers) = join(
        deliver_all(scene, &deliveries),
        send_as_strangers(scene, profile, &deliveries),
    )
    .await;
    let delivered = Instant::now();

    found.observed.usual_status = deliveries
        .iter()
        .zip(&valid)
        .filter_map(|(delivery, attempt)| {
            attempt
                .status()
                .map(|status| (delivery.key.event_type.clone(), status))
        })
        .filter(|(_, status)| *status < 400)
        .collect();
    let title = "valid events are acknowledged";
    match no_event_acknowledged(scene, profile, &valid)? {
        Some(root) => {
            step(&mut found, "P2", title, Outcome::Fail, actual(&root.check));
            found.root = Some(root);
            return Ok(found);
        }
        None => {
            let accepted = found.observed.usual_status.len();
            let detail = format!("{accepted} of {} event types", deliveries.len());
            step(&mut found, "P2", title, Outcome::Pass, detail);
        }
    }

    see_effects(scene, profile, &deliveries, delivered, &mut found, &step).await;

    let title = "a bad credential is refused";
    if profile.auth == Auth::Off {
        let detail = "authentication is declared off".to_owned();
        step(&mut found, "P3", title, Outcome::NotRun, detail);
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
    Ok(found)
}

/// P1. A bad certificate is a finding; everything else that prevents a connection leaves no verdict.
async fn reach(scene: &Scene) -> Result<Option<Root>, HarnessError> {
    let target = &scene.connector.target;
    match scene.connector.open().await {
        Ok(_) => Ok(None),
        Err(NoAnswer::TlsFailed(why)) => {
            let trusting = Connector {
                tls: Arc::new(scene.connector.tls.trusting()),
                ..scene.connector.clone()
            };
            if trusting.open().await.is_ok() {
                let expected = "a certificate that is trusted, current and for this name";
                let refuted = Some((expected.to_owned(), why));
                let claim = "a handshake with every check on succeeds";
                return Ok(Some(Root {
                    case: "TLS-02",
                    blocks: Blocks::Everything,
                    check: Check::judged(Level::Must, claim, &[E1], refuted),
                    attempts: Vec::new(),
                }));
            }
            Err(HarnessError::no_verdict(
                format!("no TLS handshake with {}: {why}", target.shown()),
                "check that the port speaks TLS; a plain HTTP receiver has an http:// URL",
            ))
        }
        Err(why) => Err(HarnessError::no_verdict(
            format!("cannot connect to {}: {}", target.shown(), why.describe()),
            "check that the receiver runs, the host and the port; `--wait 30s` waits until it listens",
        )),
    }
}

fn mint(scene: &Scene) -> Result<Vec<Delivery>, HarnessError> {
    EVENT_TYPES
        .iter()
        .enumerate()
        .map(|(index, event_type)| {
            let id = scene.payloads.typical(event_type);
            let fixture = scene
                .payloads
                .by_id(&id)
                .ok_or_else(|| HarnessError::Internal(format!("no fixture for {event_type}")))?;
            let call_id = format!("{}{index}", prefix(scene));
            let payload = scene
                .payloads
                .mint(fixture, &call_id, &scene.timestamp(index as u64));
            Ok(Delivery {
                key: payload.key,
                fixture: id,
                body: payload.bytes,
            })
        })
        .collect()
}

fn prefix(scene: &Scene) -> String {
    format!("{}preflight-", scene.prefix())
}

/// One of each type at the same time; a 429 is waited out.
async fn deliver_all(scene: &Scene, deliveries: &[Delivery]) -> Vec<Attempt> {
    join_all(deliveries.iter().map(|delivery| async {
        loop {
            scene.throttle.pause().await;
            let attempt = scene.connector.attempt(delivery.request()).await;
            if !scene.is_throttled(&attempt) {
                return attempt;
            }
        }
    }))
    .await
}

/// The answers to requests that no stranger should get a 2xx for.
struct Strangers {
    absent: Attempt,
    wrong: Attempt,
    garbage: Attempt,
    elsewhere: Attempt,
}

async fn send_as_strangers(scene: &Scene, profile: &Profile, deliveries: &[Delivery]) -> Strangers {
    let secret = scene
        .connector
        .secret
        .as_ref()
        .map_or("Bearer none", |secret| secret.expose());
    let wrong = near_miss::family(secret, profile.seed ^ 1).wrong_token;
    // Keys of their own: a receiver that takes a stranger's event must not spoil the real one's.
    let body = |name: &str| {
        let own = deliveries.last().and_then(|delivery| {
            let fixture = scene.payloads.by_id(&delivery.fixture)?;
            let call_id = format!("{}{name}", prefix(scene));
            Some(
                scene
                    .payloads
                    .mint(fixture, &call_id, &scene.timestamp(9))
                    .bytes,
            )
        });
        own.unwrap_or_else(|| Arc::from([]))
    };
    let absent = Request::post("an event without a credential", body("absent"))
        .with_credential(Credential::Absent);
    let wrong = Request::post("an event with a wrong token", body("wrong"))
        .with_credential(Credential::from(&wrong));
    let garbage = Request::post(
        "a body that is no event, without a credential",
        Arc::from(*b"?"),
    )
    .with_credential(Credential::Absent);
    let mut elsewhere = garbage.clone();
    elsewhere.label = "a body that is no event, to another path".to_owned();
    elsewhere.path_and_query = Some(format!("/{}no-such-path", scene.prefix()));
    let connector = &scene.connector;
    let ((absent, wrong), (garbage, elsewhere)) = join(
        join(connector.attempt(absent), connector.attempt(wrong)),
        join(connector.attempt(garbage), connector.attempt(elsewhere)),
    )
    .await;
    Strangers {
        absent,
        wrong,
        garbage,
        elsewhere,
    }
}

/// P2. None of the five was acknowledged: one finding against R1, or no verdict at all.
fn no_event_acknowledged(
    scene: &Scene,
    profile: &Profile,
    attempts: &[Attempt],
) -> Result<Option<Root>, HarnessError> {
    if attempts
        .iter()
        .any(|attempt| attempt.status().is_some_and(|status| status < 400))
    {
        return Ok(None);
    }
    let url = scene.connector.target.shown();
    if attempts
        .iter()
        .all(|attempt| matches!(attempt.no_answer(), Some(NoAnswer::NotHttp(_))))
    {
        return Err(HarnessError::no_verdict(
            format!("{url} does not speak HTTP: {}", attempts[0].describe()),
            "check the port; for a TLS port the URL begins with https://",
        ));
    }
    if attempts
        .iter()
        .all(|attempt| matches!(attempt.status(), Some(401 | 403)))
    {
        let status = attempts[0].status().unwrap_or_default();
        return Err(match profile.auth {
            Auth::Bearer => HarnessError::no_verdict(
                format!("{url} answers {status} to every event with the configured secret"),
                "give the harness the same full header value that the receiver expects \
                 (`Bearer` and the token), through --auth-env NAME or --auth-file PATH",
            ),
            Auth::Off => HarnessError::no_verdict(
                format!("{url} answers {status} to every event without a credential"),
                "leave out --no-auth and give the secret through --auth-env NAME",
            ),
        });
    }
    let shown = slowest_or_first(attempts);
    let claim = "at least one of the five event types is answered 200 in time";
    let expected = format!("status 200, complete within {}", millis(profile.deadline));
    let actual = format!(
        "for all {} event types: {}",
        attempts.len(),
        shown.describe()
    );
    Ok(Some(Root {
        case: "ACK-01",
        blocks: Blocks::Everything,
        check: Check::judged(Level::Must, claim, &[E1, E2], Some((expected, actual))).shown_by(0),
        attempts: vec![shown.clone()],
    }))
}

fn slowest_or_first(attempts: &[Attempt]) -> &Attempt {
    let silent = attempts
        .iter()
        .find(|attempt| matches!(attempt.no_answer(), Some(NoAnswer::TimedOut)));
    silent.unwrap_or(&attempts[0])
}

/// P3. Bad credentials get in: one finding against R3, filed under the plainest case.
fn everyone_gets_in(strangers: &Strangers, has_effects: bool) -> Option<Root> {
    if !strangers.wrong.is_accepted() {
        return None;
    }
    let without_any = strangers.absent.is_accepted();
    let is_wall = without_any && strangers.garbage.is_accepted() && !has_effects;
    let (case, shown) = if without_any {
        ("AUT-01", &strangers.absent)
    } else {
        ("AUT-02", &strangers.wrong)
    };
    let mut actual = shown.describe();
    if is_wall {
        actual.push_str("; the URL answers 2xx to everything, even to what is no event");
    }
    let claim = format!("{} is not accepted", shown.request.label);
    let refuted = Some(("a refusal, 401".to_owned(), actual));
    Some(Root {
        case,
        blocks: if is_wall {
            Blocks::Everything
        } else {
            Blocks::Refusals
        },
        check: Check::judged(Level::Must, claim, &[E1], refuted).shown_by(0),
        attempts: vec![shown.clone()],
    })
}

/// P4. Which event types leave effects, and how long they take to show.
async fn see_effects(
    scene: &Scene,
    profile: &Profile,
    deliveries: &[Delivery],
    delivered: Instant,
    found: &mut Preflight,
    step: &impl Fn(&mut Preflight, &str, &str, Outcome, String),
) {
    let title = "the probe sees the effects of those events";
    let accepted: Vec<String> = found
        .observed
        .usual_status
        .iter()
        .map(|(event_type, _)| event_type.clone())
        .collect();
    found.observed.effect_types = profile
        .effect_types
        .clone()
        .unwrap_or_else(|| accepted.clone());
    let Some(probe) = &scene.probe else {
        let detail = "no --effects: what the receiver does is unseen".to_owned();
        step(found, "P4", title, Outcome::NotRun, detail);
        return;
    };
    let wanted = &found.observed.effect_types;
    match watch(
        scene,
        probe,
        deliveries,
        wanted,
        delivered,
        profile.settle_max,
    )
    .await
    {
        Ok((seen, took)) if !seen.is_empty() => {
            let detail = format!("{} after {}: {}", seen.len(), millis(took), seen.join(", "));
            if profile.effect_types.is_none() {
                found.observed.effect_types = seen;
            }
            found.observed.patience.quiet = SHORTEST_QUIET.max(took * 3).min(profile.settle_max);
            found.settle = Some(took);
            step(found, "P4", title, Outcome::Pass, detail);
        }
        Ok(_) => {
            let problem = format!(
                "the probe answers, and shows none of the five acknowledged events within {}",
                millis(profile.settle_max)
            );
            step(found, "P4", title, Outcome::Inconclusive, problem.clone());
            found.probe_problem = Some(problem);
        }
        Err(problem) => {
            step(found, "P4", title, Outcome::Inconclusive, problem.clone());
            found.probe_problem = Some(problem);
        }
    }
}

/// Asks until every wanted type was seen, or nothing new came for a while.
async fn watch(
    scene: &Scene,
    probe: &Probe,
    deliveries: &[Delivery],
    wanted: &[String],
    delivered: Instant,
    longest: Duration,
) -> Result<(Vec<String>, Duration), String> {
    let scope = Scope {
        prefix: prefix(scene),
        call_ids: deliveries
            .iter()
            .map(|delivery| delivery.key.call_id.clone())
            .collect(),
    };
    let mut seen: Vec<String> = Vec::new();
    let mut last_new = Duration::ZERO;
    loop {
        let reading = probe.read(&scope).await;
        let elapsed = delivered.elapsed();
        let now: Vec<String> = match &reading {
            Ok(Reading::Records(effects)) => deliveries
                .iter()
                .filter(|delivery| effects.iter().any(|effect| effect.key() == delivery.key))
                .map(|delivery| delivery.key.event_type.clone())
                .collect(),
            // A count cannot name types: as many as were counted, all of them when all are there.
            Ok(Reading::Count(count)) => wanted
                .iter()
                .take(usize::try_from(*count).unwrap_or(usize::MAX))
                .cloned()
                .collect(),
            Err(_) => Vec::new(),
        };
        if now.len() > seen.len() {
            seen = now;
            last_new = elapsed;
        }
        let has_all = wanted.iter().all(|event_type| seen.contains(event_type));
        let is_quiet = !seen.is_empty() && elapsed.saturating_sub(last_new) > SHORTEST_QUIET;
        if has_all || is_quiet || elapsed >= longest {
            return match reading {
                Err(error) if seen.is_empty() => Err(error.to_string()),
                _ => Ok((seen, last_new)),
            };
        }
        let pause = if reading.is_err() { 500 } else { 20 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// The usual patience until preflight has measured better.
pub fn default_patience(settle_max: Duration) -> Patience {
    Patience {
        longest: settle_max,
        quiet: SHORTEST_QUIET.min(settle_max),
    }
}

fn actual(check: &Check) -> String {
    match &check.judgement {
        crate::verdict::Judgement::Refuted { actual, .. } => actual.clone(),
        _ => check.claim.clone(),
    }
}
