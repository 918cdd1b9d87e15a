//! What needs action: every case with a finding, heaviest first, each with all it takes to act.

use crate::render::page::Page;
use crate::render::tally::{heaviest, number_of};
use crate::render::{Ink, Style};
use crate::report::{CaseResult, ClauseText, Finding, Report};
use crate::terms::Level;

use super::exchange;

/// Findings and clauses shown in full per case; the rest is counted.
const MOST_IN_FULL: usize = 3;

/// The cases with MUST findings, then those with SHOULD findings.
pub(super) fn write(page: &mut Page, report: &Report) {
    for (level, ink) in [(Level::Must, Ink::Bad), (Level::Should, Ink::Warn)] {
        let cases: Vec<_> = report
            .cases
            .iter()
            .filter(|case| heaviest(case) == Some(level))
            .collect();
        if cases.is_empty() {
            continue;
        }
        let weight = match level {
            Level::Should if !report.profile.strict => ", which do not fail this run",
            Level::Must | Level::Should | Level::Info => "",
        };
        let what = number_of(cases.len(), "case");
        page.heading(ink, &format!("{what} with {level} findings{weight}"));
        for case in cases {
            page.gap();
            write_case(page, case, Level::Should);
        }
    }
}

/// The same block on its own, with INFO findings too, for formats that hold text.
pub(in crate::render) fn block(case: &CaseResult) -> String {
    let mut page = Page::new(Style::plain());
    write_case(&mut page, case, Level::Info);
    page.finish()
}

fn write_case(page: &mut Page, case: &CaseResult, lightest: Level) {
    let level = heaviest(case).unwrap_or(Level::Info);
    let ink = match level {
        Level::Must => Ink::Bad,
        Level::Should => Ink::Warn,
        Level::Info => Ink::Plain,
    };
    let requirements: Vec<_> = case.requirements.iter().map(|id| id.word()).collect();
    let lead = [
        (ink, format!("{level:<8}")),
        (Ink::Strong, format!("{}  ", case.id)),
    ];
    page.row(
        &lead,
        Ink::Strong,
        &format!("{} ({})", case.title, requirements.join(", ")),
    );
    for clause in case.clauses.iter().take(MOST_IN_FULL) {
        page.field(label(clause), Ink::Plain, &sentence(clause));
    }
    if let Some(further) = case
        .clauses
        .get(MOST_IN_FULL..)
        .filter(|rest| !rest.is_empty())
    {
        let ids: Vec<_> = further.iter().map(|clause| clause.id.as_str()).collect();
        page.field("", Ink::Dim, &format!("and {}", ids.join(", ")));
    }
    let shown: Vec<_> = case
        .findings
        .iter()
        .filter(|f| f.level >= lightest)
        .collect();
    if shown.is_empty() {
        page.field("actual", Ink::Plain, &case.message);
    }
    for (index, finding) in shown.iter().take(MOST_IN_FULL).enumerate() {
        let number = (shown.len() > 1).then_some(index + 1);
        write_finding(page, finding, number);
        if index == 0 {
            write_exchange(page, case, finding);
        }
    }
    if shown.len() > MOST_IN_FULL {
        let more = shown.len() - MOST_IN_FULL;
        page.field(
            "",
            Ink::Strong,
            &format!("and {more} more of this case in the JSON report"),
        );
    }
    page.field("evidence", Ink::Plain, &evidence(case));
    for (index, command) in case.repro.iter().enumerate() {
        let label = if index == 0 { "repeat" } else { "" };
        page.verbatim(&format!("    {label:<9}"), command);
    }
    if !case.fix.is_empty() {
        page.field("fix", Ink::Plain, &case.fix);
    }
}

fn write_finding(page: &mut Page, finding: &Finding, number: Option<usize>) {
    let number = number
        .map(|number| format!("{number}. {}: ", finding.level))
        .unwrap_or_default();
    page.field("claim", Ink::Plain, &format!("{number}{}", finding.claim));
    page.field("expected", Ink::Good, &finding.expected);
    page.field("actual", Ink::Bad, &finding.actual);
}

/// The exchange behind the heaviest finding; those of the others stand in the JSON report.
fn write_exchange(page: &mut Page, case: &CaseResult, finding: &Finding) {
    let shown = finding.attempt.and_then(|wanted| {
        case.attempts
            .iter()
            .find(|attempt| attempt.number == wanted)
    });
    if let Some(attempt) = shown {
        exchange::write(page, attempt);
    }
}

fn label(clause: &ClauseText) -> &'static str {
    if clause.id.starts_with("G-") {
        "guide"
    } else {
        "derived"
    }
}

fn sentence(clause: &ClauseText) -> String {
    if clause.source.is_empty() {
        format!("{}: {}", clause.id, clause.statement)
    } else {
        format!("{}: {} [{}]", clause.id, clause.statement, clause.source)
    }
}

fn evidence(case: &CaseResult) -> String {
    if case.unseen.is_empty() {
        case.evidence.to_string()
    } else {
        format!("{}; unseen: {}", case.evidence, case.unseen)
    }
}
