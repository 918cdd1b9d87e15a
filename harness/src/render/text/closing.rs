//! The last lines: how much was seen, how fast it was, what the exit code means, what to do next.

use crate::render::Ink;
use crate::render::page::Page;
use crate::render::tally::{exit_meaning, number_of, time};
use crate::report::{CaseResult, Report, RequirementResult};
use crate::terms::{EvidenceKind, EvidenceSet, Outcome};

/// Coverage, latency, effects, exit code, next commands.
pub(super) fn write(page: &mut Page, report: &Report) {
    coverage(page, report);
    page.gap();
    latency(page, report);
    effects(page, report);
    page.gap();
    partial(page, report);
    let ink = if report.exit_code == 0 {
        Ink::Good
    } else {
        Ink::Strong
    };
    let lead = [(ink, format!("exit {}: ", report.exit_code))];
    page.row(&lead, Ink::Plain, exit_meaning(report.exit_code));
    // Last of all, so that it is what stands above the prompt.
    for (index, command) in report.next.iter().enumerate() {
        page.verbatim(if index == 0 { "next:   " } else { "        " }, command);
    }
}

/// Requirement × kind of evidence: the cases that brought it, of those that could.
fn coverage(page: &mut Page, report: &Report) {
    let rows: Vec<_> = report.requirements.iter().filter(|r| r.selected).collect();
    if rows.is_empty() {
        return;
    }
    let mut head = vec![(Ink::Strong, format!("{:<10}", "Evidence"))];
    head.extend(EvidenceKind::ALL.map(|kind| (Ink::Strong, format!("{:<9}", format!("{kind:?}")))));
    page.gap();
    page.row(&head, Ink::Dim, "cases that brought it / could have");
    for requirement in rows {
        let cases: Vec<_> = requirement
            .cases
            .iter()
            .filter_map(|id| report.case(id))
            .collect();
        let mut cells = vec![(Ink::Plain, format!("  {:<8}", requirement.id))];
        cells.extend(EvidenceKind::ALL.map(|kind| cell(&cases, kind)));
        page.row(&cells, Ink::Dim, &judged(requirement, &cases));
    }
    let of = |wanted: &[Outcome]| {
        report
            .coverage
            .iter()
            .filter(|row| wanted.contains(&row.verdict))
            .count()
    };
    if !report.coverage.is_empty() {
        let failed: Vec<_> = report
            .coverage
            .iter()
            .filter(|row| row.verdict == Outcome::Fail)
            .map(|row| row.clause.as_str())
            .collect();
        let broken = if failed.is_empty() {
            String::new()
        } else {
            format!(": {}", failed.join(" "))
        };
        let text = format!(
            "{}: {} held, {} broken{broken}",
            number_of(report.coverage.len(), "clause"),
            of(&[Outcome::Pass]),
            failed.len(),
        );
        page.prose(2, Ink::Dim, &text);
    }
}

fn cell(cases: &[&CaseResult], kind: EvidenceKind) -> (Ink, String) {
    let kind = EvidenceSet::of(&[kind]);
    let brought = cases
        .iter()
        .filter(|case| case.evidence.contains(kind))
        .count();
    let could = cases
        .iter()
        .filter(|case| case.evidence.union(case.unseen).contains(kind))
        .count();
    match could {
        0 => (Ink::Dim, format!("{:<9}", "-")),
        _ if brought < could => (Ink::Warn, format!("{:<9}", format!("{brought}/{could}"))),
        _ => (Ink::Good, format!("{:<9}", format!("{brought}/{could}"))),
    }
}

fn judged(requirement: &RequirementResult, cases: &[&CaseResult]) -> String {
    let passed = cases
        .iter()
        .filter(|case| case.outcome == Outcome::Pass)
        .count();
    format!(
        "{passed} of {} passed",
        number_of(requirement.cases.len(), "case")
    )
}

fn latency(page: &mut Page, report: &Report) {
    let lead = [(Ink::Strong, format!("{:<10}", "Latency"))];
    let Some(latency) = &report.latency else {
        page.row(&lead, Ink::Dim, "no valid delivery was acknowledged");
        return;
    };
    let text = format!(
        "p50 {} · p90 {} · p99 {} · max {} · {} acknowledged, {} over {}",
        time(latency.p50_ms),
        time(latency.p90_ms),
        time(latency.p99_ms),
        time(latency.max_ms),
        latency.count,
        latency.over_deadline,
        time(report.profile.deadline_ms),
    );
    page.row(
        &lead,
        if latency.over_deadline > 0 {
            Ink::Bad
        } else {
            Ink::Plain
        },
        &text,
    );
}

fn effects(page: &mut Page, report: &Report) {
    let effects = &report.effects;
    let lead = [(Ink::Strong, format!("{:<10}", "Effects"))];
    let Some(probe) = &effects.probe else {
        page.row(&lead, Ink::Warn, "no probe, so no effect was seen");
        return;
    };
    let mut parts = vec![probe.clone()];
    if effects.types.is_empty() {
        parts.push("no event type left any".to_owned());
    } else {
        parts.push(effects.types.join(" "));
    }
    if let Some(settle) = effects.settle_ms {
        parts.push(format!("settled in {}", time(settle)));
    }
    if effects.late > 0 {
        parts.push(format!("{} seen only by the last sweep", effects.late));
    }
    page.row(&lead, Ink::Plain, &parts.join(" · "));
}

fn partial(page: &mut Page, report: &Report) {
    let lead = [(Ink::Warn, "partial: ".to_owned())];
    match &report.interrupted {
        Some(what) => page.row(
            &lead,
            Ink::Plain,
            &format!("interrupted ({what}); cases that had not ended are not judged"),
        ),
        None if report.partial => {
            page.row(
                &lead,
                Ink::Plain,
                "a MUST case was skipped or withheld; see “Not judged”",
            );
        }
        None => {}
    }
}
