//! The cases that need no action now: counted by family, or grouped by why they were not judged.

use crate::render::Ink;
use crate::render::page::Page;
use crate::render::tally::{count, families};
use crate::report::{CaseResult, Report};
use crate::terms::{Level, Outcome};

/// Observations shown per case.
const MOST_OBSERVATIONS: usize = 3;

/// Outcomes without a judgement, the most disturbing first.
const NOT_JUDGED: [Outcome; 5] = [
    Outcome::Error,
    Outcome::Inconclusive,
    Outcome::Blocked,
    Outcome::NotRun,
    Outcome::NotApplicable,
];

/// Counts, cases without a judgement, INFO findings and notes.
pub(super) fn write(page: &mut Page, report: &Report) {
    counts(page, report);
    not_judged(page, report);
    observations(page, report);
}

fn counts(page: &mut Page, report: &Report) {
    page.heading(Ink::Strong, "Cases");
    if report.cases.is_empty() {
        page.prose(2, Ink::Warn, "none");
    }
    for (family, cases) in families(report) {
        let passed = count(&cases, Outcome::Pass);
        let left_out = count(&cases, Outcome::NotRun) + count(&cases, Outcome::NotApplicable);
        let due = cases.len() - left_out;
        let mut parts = vec![match due {
            0 => "none ran".to_owned(),
            _ => format!("{passed} of {due} passed"),
        }];
        for outcome in [Outcome::Fail].into_iter().chain(NOT_JUDGED) {
            match count(&cases, outcome) {
                0 => {}
                number => parts.push(format!("{number} {outcome}")),
            }
        }
        let ink = match () {
            () if count(&cases, Outcome::Fail) > 0 => Ink::Bad,
            () if due == 0 => Ink::Dim,
            () if passed < due => Ink::Warn,
            () => Ink::Good,
        };
        page.row(
            &[(Ink::Plain, format!("  {family:<5}"))],
            ink,
            &parts.join(", "),
        );
    }
}

fn not_judged(page: &mut Page, report: &Report) {
    let groups: Vec<_> = NOT_JUDGED
        .into_iter()
        .flat_map(|outcome| {
            by_reason(report, outcome)
                .into_iter()
                .map(move |g| (outcome, g))
        })
        .collect();
    if groups.is_empty() {
        return;
    }
    page.heading(Ink::Strong, "Not judged");
    for (outcome, (reason, ids)) in groups {
        let ink = match outcome {
            Outcome::Error => Ink::Bad,
            Outcome::Inconclusive | Outcome::Blocked => Ink::Warn,
            Outcome::Pass | Outcome::Fail | Outcome::NotApplicable | Outcome::NotRun => Ink::Dim,
        };
        let lead = [(ink, format!("  {outcome:<15}"))];
        page.row(&lead, Ink::Plain, reason);
        page.prose(17, Ink::Dim, &spans(&ids));
    }
}

/// The cases of this outcome, those with the same reason together.
fn by_reason(report: &Report, outcome: Outcome) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for case in report.cases.iter().filter(|case| case.outcome == outcome) {
        match groups
            .iter_mut()
            .find(|(reason, _)| *reason == case.message)
        {
            Some((_, ids)) => ids.push(&case.id),
            None => groups.push((&case.message, vec![&case.id])),
        }
    }
    groups
}

/// Ids in a row as a span: `IDM-02…IDM-20`.
fn spans(ids: &[&str]) -> String {
    let follows = |a: &&str, b: &&str| match (a.split_once('-'), b.split_once('-')) {
        (Some((family, n)), Some((same, next))) if family == same => {
            n.parse::<u32>().ok().and_then(|n| n.checked_add(1)) == next.parse().ok()
        }
        _ => false,
    };
    let words: Vec<String> = ids
        .chunk_by(follows)
        .map(|run| match run {
            [first, _, .., last] => format!("{first}…{last}"),
            few => few.join(" "),
        })
        .collect();
    words.join(" ")
}

fn observations(page: &mut Page, report: &Report) {
    let all: Vec<_> = report
        .cases
        .iter()
        .map(|case| (case, observed(case)))
        .filter(|o| !o.1.is_empty())
        .collect();
    if all.is_empty() {
        return;
    }
    page.heading(Ink::Strong, "For your information");
    for (case, observed) in all {
        for (index, text) in observed.iter().take(MOST_OBSERVATIONS).enumerate() {
            let id = if index == 0 { case.id.as_str() } else { "" };
            page.row(&[(Ink::Plain, format!("  {id:<8}"))], Ink::Dim, text);
        }
        if observed.len() > MOST_OBSERVATIONS {
            let more = observed.len() - MOST_OBSERVATIONS;
            page.prose(10, Ink::Dim, &format!("and {more} more in the JSON report"));
        }
    }
}

fn observed(case: &CaseResult) -> Vec<String> {
    let findings = case
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Info);
    findings
        .map(|f| format!("{}: expected {}, actual {}", f.claim, f.expected, f.actual))
        .chain(case.notes.iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn only_neighbours_of_one_family_make_a_span() {
        assert_eq!(
            spans(&["IDM-01", "IDM-02", "IDM-03", "IDM-05"]),
            "IDM-01…IDM-03 IDM-05"
        );
        assert_eq!(
            spans(&["ACK-01", "ACK-02", "IDM-03"]),
            "ACK-01 ACK-02 IDM-03"
        );
        assert_eq!(
            spans(&["odd", "", "ACK-4294967295", "x-y"]),
            "odd  ACK-4294967295 x-y"
        );
        assert_eq!(spans(&[]), "");
    }
}
