//! The first lines: the headline, what was judged, the verdicts, and what stood in the way.

use crate::render::Ink;
use crate::render::page::Page;
use crate::render::tally::time;
use crate::report::{Report, RequirementResult};
use crate::terms::{Conformance, Outcome, RequirementId};

/// Headline, target, requirements, and the steps of preflight that did not pass.
pub(super) fn write(page: &mut Page, report: &Report) {
    let ink = match report.exit_code {
        0 => Ink::Good,
        1 => Ink::Bad,
        _ => Ink::Warn,
    };
    page.heading(ink, &report.headline);
    page.prose(0, Ink::Dim, &context(report));
    page.gap();
    for requirement in &report.requirements {
        // R1 to R3 are why people come: they are listed even when a selection left them out.
        let always = !matches!(requirement.id, RequirementId::Rb | RequirementId::Url);
        if always || requirement.selected {
            verdict(page, report, requirement);
        }
    }
    preflight(page, report);
}

fn context(report: &Report) -> String {
    let profile = &report.profile;
    let mut parts = vec![report.target.url.clone()];
    if report.target.given != report.target.url {
        parts[0] = format!("{} at {}", report.target.given, report.target.url);
    }
    parts.push(format!("profile {}, set {}", profile.name, profile.set));
    if profile.strict {
        parts.push("strict".to_owned());
    }
    if profile.auth == "off" {
        parts.push("no authentication".to_owned());
    }
    if !profile.selection.is_empty() {
        parts.push(profile.selection.join(" "));
    }
    parts.push(format!("seed {}", report.seed));
    parts.push(time(report.duration_ms));
    parts.join(" · ")
}

fn verdict(page: &mut Page, report: &Report, requirement: &RequirementResult) {
    let ink = match requirement.verdict {
        _ if !requirement.selected => Ink::Dim,
        Conformance::Conformant => Ink::Good,
        Conformance::NonConformant => Ink::Bad,
        Conformance::Unverified => Ink::Warn,
        Conformance::NotApplicable => Ink::Dim,
    };
    let (word, evidence) = match requirement.verdict {
        Conformance::NotApplicable => (requirement.verdict.word(), String::new()),
        _ if !requirement.selected => ("not selected", String::new()),
        _ => (requirement.verdict.word(), requirement.evidence.to_string()),
    };
    let lead = [
        (Ink::Strong, format!("{:<5}", requirement.id)),
        (ink, format!("{word:<16}")),
        (Ink::Plain, format!("{evidence:<16}")),
    ];
    page.row(&lead, Ink::Plain, &reason(report, requirement));
    let holds = matches!(
        requirement.verdict,
        Conformance::Conformant | Conformance::NotApplicable
    );
    if requirement.selected && !holds {
        // Who reads of a broken promise should not have to look up which one it is.
        page.prose(37, Ink::Dim, &requirement.statement);
    }
}

fn reason(report: &Report, requirement: &RequirementResult) -> String {
    let mut parts = vec![requirement.reason.clone()];
    if requirement.selected && !requirement.unseen.is_empty() {
        parts.push(format!("unseen: {}", requirement.unseen));
    }
    let lowered = report
        .profile
        .evidence
        .iter()
        .find(|d| d.requirement == requirement.id && d.lowered);
    if let Some(demanded) = lowered {
        parts.push(format!(
            "evidence lowered to {} by --accept-evidence",
            demanded.kinds
        ));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

fn preflight(page: &mut Page, report: &Report) {
    let troubled = |outcome| !matches!(outcome, Outcome::Pass | Outcome::NotRun);
    if !report.preflight.iter().any(|step| troubled(step.outcome)) {
        return;
    }
    page.heading(Ink::Strong, "Preflight");
    for step in report
        .preflight
        .iter()
        .filter(|step| troubled(step.outcome))
    {
        let ink = if step.outcome == Outcome::Inconclusive {
            Ink::Warn
        } else {
            Ink::Bad
        };
        let lead = [
            (Ink::Plain, format!("  {:<4}", step.id)),
            (ink, format!("{:<14}", step.outcome)),
        ];
        page.row(
            &lead,
            Ink::Plain,
            &format!("{}: {}", step.title, step.detail),
        );
    }
}
