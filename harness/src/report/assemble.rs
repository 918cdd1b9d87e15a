//! Puts a report together from what a run brought.

use std::time::Duration;

use super::clean::clean;
use super::coverage::coverage;
use super::exit_code::{ExitCode, decide};
use super::latency::latency;
use super::model::*;
use super::verdicts::{Gap, verdicts};
use crate::case::registry;
use crate::profile::{Auth, Exposure, Profile};
use crate::redact::Redactor;
use crate::terms::{Conformance, Level, Outcome, RequirementId};

/// What a run brought, besides the profile.
pub struct RunFacts {
    /// The receiver.
    pub target: TargetInfo,
    /// The prefix of the run's call ids.
    pub call_id_prefix: String,
    /// Whether attempts were made in HTTP/2, because nothing else is spoken.
    pub is_over_http2: bool,
    /// When it started, RFC 3339.
    pub started_at: String,
    /// How long it took.
    pub took: Duration,
    /// What interrupted it, and the code to end with.
    pub interrupted: Option<(String, ExitCode)>,
    /// Why there can be no verdict, and what to do about it.
    pub no_verdict: Option<(String, String)>,
    /// What preflight found.
    pub preflight: Vec<PreflightStep>,
    /// A result for every case.
    pub results: Vec<CaseResult>,
    /// MUST cases that should have run and did not.
    pub gaps: Vec<Gap>,
    /// How long acknowledged deliveries took.
    pub latencies: Vec<Duration>,
    /// The probe and what it saw.
    pub effects: EffectsInfo,
    /// The command line that runs this target again.
    pub command: String,
    /// Advice for a run that could not see effects; the exact next command.
    pub effects_advice: String,
}

/// The report, with the secret blanked wherever it may have been echoed.
pub fn assemble(mut facts: RunFacts, profile: &Profile, redactor: &Redactor) -> Report {
    let order: Vec<&str> = registry::all().iter().map(|case| case.id).collect();
    facts
        .results
        .sort_by_key(|result| order.iter().position(|id| *id == result.id));
    let requirements = verdicts(
        &facts.results,
        &facts.gaps,
        profile,
        !facts.latencies.is_empty(),
    );
    let exit_code = match &facts.interrupted {
        Some((_, code)) => *code,
        None if facts.no_verdict.is_some() => ExitCode::NoVerdict,
        None => decide(&facts.results, &requirements, profile.strict),
    };
    let is_partial = facts.interrupted.is_some() || !facts.gaps.is_empty();
    let next = next(&facts, &requirements, exit_code);
    let mut report = Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        headline: headline(&requirements, profile, &facts, is_partial),
        target: facts.target,
        profile: profile_info(profile),
        seed: profile.seed,
        call_id_prefix: facts.call_id_prefix,
        started_at: facts.started_at,
        duration_ms: (facts.took.as_secs_f64() * 1000.0).round(),
        partial: is_partial,
        interrupted: facts.interrupted.map(|(why, _)| why),
        next,
        coverage: coverage(&facts.results),
        requirements,
        preflight: facts.preflight,
        exit_code: exit_code as u8,
        cases: facts.results,
        latency: latency(facts.latencies, profile.deadline),
        effects: facts.effects,
    };
    clean(&mut report, redactor);
    report
}

fn headline(
    requirements: &[RequirementResult],
    profile: &Profile,
    facts: &RunFacts,
    is_partial: bool,
) -> String {
    if let Some((problem, _)) = &facts.no_verdict {
        return format!("no verdict: {problem}");
    }
    let is_shown = |requirement: &&RequirementResult| {
        let RequirementResult { id, selected, .. } = requirement;
        *selected
            || matches!(
                id,
                RequirementId::R1 | RequirementId::R2 | RequirementId::R3
            )
    };
    let mut parts = Vec::new();
    if profile.auth == Auth::Off {
        // Before everything else: whoever reads on must not take the door for shut.
        parts.push("AUTHENTICATION IS DECLARED OFF: R3 is not judged".to_owned());
    }
    let shown = requirements.iter().filter(is_shown).map(|requirement| {
        match requirement.selected || requirement.verdict == Conformance::NotApplicable {
            true => format!("{} {}", requirement.id, requirement.verdict),
            false => format!("{} not selected", requirement.id),
        }
    });
    parts.extend(shown);
    for requirement in requirements {
        let demanded = profile.demanded(requirement.id);
        if demanded.lowered {
            let (id, kinds) = (requirement.id, demanded.kinds);
            parts.push(format!(
                "{id} accepted on {kinds} alone (--accept-evidence)"
            ));
        }
    }
    if facts.is_over_http2 {
        parts.push("over HTTP/2, as HTTP/1.1 is not spoken".to_owned());
    }
    let silent: Vec<&str> = hamsa_schemas::EVENT_TYPES
        .into_iter()
        .filter(|event_type| !facts.effects.types.iter().any(|known| known == event_type))
        .collect();
    if facts.effects.settle_ms.is_some() && !silent.is_empty() {
        parts.push(format!("no effects expected from {}", silent.join(", ")));
    }
    let musts = |outcome: Outcome| {
        facts
            .results
            .iter()
            .filter(|c| c.level == Level::Must && c.outcome == outcome)
            .count()
    };
    parts.push(format!(
        "{} MUST cases passed, {} failed",
        musts(Outcome::Pass),
        musts(Outcome::Fail)
    ));
    if is_partial {
        parts.push("partial".to_owned());
    }
    parts.join(" · ")
}

fn profile_info(profile: &Profile) -> ProfileInfo {
    ProfileInfo {
        name: match profile.exposure {
            Exposure::Local => "local",
            Exposure::Public => "public",
        }
        .to_owned(),
        auth: match profile.auth {
            Auth::Bearer => "bearer",
            Auth::Off => "off",
        }
        .to_owned(),
        set: profile.selection.set.word().to_owned(),
        strict: profile.strict,
        deadline_ms: profile.deadline.as_secs_f64() * 1000.0,
        budget_ms: profile.budget.as_secs_f64() * 1000.0,
        evidence: RequirementId::ALL
            .into_iter()
            .map(|requirement| {
                let demanded = profile.demanded(requirement);
                DemandedEvidence {
                    requirement,
                    kinds: demanded.kinds,
                    lowered: demanded.lowered,
                }
            })
            .collect(),
        selection: profile.selection.describe(),
    }
}

/// What to do next, most useful first.
fn next(facts: &RunFacts, requirements: &[RequirementResult], exit_code: ExitCode) -> Vec<String> {
    let mut next = Vec::new();
    if let Some((_, remedy)) = &facts.no_verdict {
        next.push(remedy.clone());
    }
    if exit_code == ExitCode::NonConformant {
        let worst = facts
            .results
            .iter()
            .find(|case| case.outcome == Outcome::Fail && case.level == Level::Must);
        if let Some(case) = worst {
            next.push(format!("hamsa-harness explain {}", case.id));
            next.extend(case.repro.first().cloned());
        }
    }
    if exit_code != ExitCode::Unverified {
        return next;
    }
    let mut unverified = requirements
        .iter()
        .filter(|requirement| requirement.selected)
        .filter(|requirement| requirement.verdict == Conformance::Unverified);
    let r2_is_unseen = unverified.any(|requirement| requirement.id == RequirementId::R2)
        && !facts.effects_advice.is_empty();
    if r2_is_unseen {
        next.push(facts.effects_advice.clone());
    } else {
        // Without a selection, everything that was left out runs.
        next.push(facts.command.clone());
    }
    next
}
