//! P4: the probe sees the effects of the acknowledged events; which types leave some, and how long
//! they take to show.

use std::time::{Duration, Instant};

use super::events::prefix;
use super::look::Preflight;
use crate::case::Delivery;
use crate::probe::{Patience, Probe, Reading, Scope};
use crate::profile::Profile;
use crate::scene::Scene;
use crate::sender::millis;
use crate::terms::Outcome;

/// Shortest time without change that counts as settled.
const SHORTEST_QUIET: Duration = Duration::from_millis(750);
/// A probe that has only failed for this long will not do better.
const DEAD_AFTER: Duration = Duration::from_secs(2);

/// P4. Which event types leave effects, and how long they take to show.
pub(super) async fn see_effects(
    scene: &Scene,
    profile: &Profile,
    deliveries: &[Delivery],
    (delivered, longest): (Instant, Duration),
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
    // A probe that does not look at what it is asked would count everybody's effects everywhere.
    let nobody = Scope {
        prefix: format!("{}nobody-", scene.prefix()),
        call_ids: Vec::new(),
    };
    let nobodys = probe.read(&nobody).await;
    if let Some(problem) = nobodys.ok().and_then(|reading| invented(&reading)) {
        step(
            found,
            "P4",
            title,
            Outcome::Inconclusive,
            problem.to_owned(),
        );
        found.probe_problem = Some(problem.to_owned());
        return;
    }
    let wanted = &found.observed.effect_types;
    match watch(scene, probe, deliveries, wanted, delivered, longest).await {
        Ok(Watched {
            seen,
            took,
            counted,
        }) if !seen.is_empty() => {
            let all = seen.join(", ");
            let detail = match counted {
                true => format!("{} counted after {}, no keys", seen.len(), millis(took)),
                false => format!("{} after {}: {all}", seen.len(), millis(took)),
            };
            found.counts_only = counted;
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
                millis(longest)
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

/// What is wrong with a probe that has something to say about a call that was never made.
fn invented(about_nobody: &Reading) -> Option<&'static str> {
    match about_nobody {
        Reading::Count(1..) => Some(
            "the probe counts effects of a call that does not exist: it has to look at {prefix} or \
             CALL_PREFIX",
        ),
        Reading::Records(effects) if !effects.is_empty() => Some(
            "the probe shows effects of a call that does not exist: it makes up what it is asked \
             for, so what it shows proves nothing",
        ),
        Reading::Count(0) | Reading::Records(_) => None,
    }
}

/// What became of the events of preflight.
struct Watched {
    /// The types whose effects were seen.
    seen: Vec<String>,
    /// When the last of them had come.
    took: Duration,
    /// True when they were only counted.
    counted: bool,
}

/// Asks until every wanted type was seen, or nothing new came for a while.
async fn watch(
    scene: &Scene,
    probe: &Probe,
    deliveries: &[Delivery],
    wanted: &[String],
    delivered: Instant,
    longest: Duration,
) -> Result<Watched, String> {
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
        if let Err(error) = &reading
            && seen.is_empty()
            && elapsed >= DEAD_AFTER.min(longest)
        {
            return Err(error.to_string());
        }
        let has_all = wanted.iter().all(|event_type| seen.contains(event_type));
        let is_quiet = !seen.is_empty() && elapsed.saturating_sub(last_new) > SHORTEST_QUIET;
        if has_all || is_quiet || elapsed >= longest {
            return match reading {
                Err(error) if seen.is_empty() => Err(error.to_string()),
                _ => Ok(Watched {
                    seen,
                    took: last_new,
                    counted: matches!(reading, Ok(Reading::Count(_))),
                }),
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
