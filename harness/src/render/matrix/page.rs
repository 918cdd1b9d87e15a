//! `KILL_MATRIX.md`: the kill matrix as a page.

use std::fmt::Write as _;

use super::words::{compact, findings_about_us, machine, numbers, what_was_run};
use crate::selftest::{CaseRow, ControlRow, Matrix, MutantRow, Verdict};

/// Mutants named in a row of the table by case; the table by mutant has all of them.
const MOST_NAMES: usize = 6;

/// The page as Markdown.
pub fn matrix_page(matrix: &Matrix) -> String {
    let made = &matrix.circumstances;
    let full = if made.full { " --full" } else { "" };
    let repeat = match made.repeat {
        1 => String::new(),
        repeat => format!(" --repeat {repeat}"),
    };
    let mut page = format!(
        "# Kill matrix\n\n\
         Written on {} by `hamsa-harness selftest{full}{repeat} --markdown harness/KILL_MATRIX.md`, which anyone \
         can repeat.\n\n\
         A *mutant* is a receiver with one known bug, and names the cases that have to find it. A *control* is \
         correct and differs in allowed ways; it may have no finding but those it declares.\n\n\
         {} {}\n\n| | |\n|---|---|\n",
        made.date,
        what_was_run(made),
        machine(made)
    );
    // Writing to a String cannot fail.
    for (what, number) in numbers(matrix) {
        _ = writeln!(page, "| {what} | {number} |");
    }
    page.push_str("\n## Findings about us\n\n");
    let findings = findings_about_us(matrix);
    if findings.is_empty() {
        page.push_str("None.\n");
    }
    for finding in findings {
        _ = writeln!(page, "- {}", escaped(&finding));
    }
    elsewhere(&mut page, &matrix.cases);
    controls(&mut page, &matrix.controls);
    mutants(&mut page, &matrix.mutants);
    cases(&mut page, &matrix.cases);
    page
}

fn elsewhere(page: &mut String, cases: &[CaseRow]) {
    page.push_str("\n## Cases that no mutant can prove\n\n");
    for case in cases {
        if let Some(proof) = &case.elsewhere {
            _ = writeln!(
                page,
                "- {} {}; {}",
                case.id,
                escaped(&case.title),
                escaped(proof)
            );
        }
    }
}

fn controls(page: &mut String, controls: &[ControlRow]) {
    page.push_str(
        "\n## Controls\n\n| control | runs | differs | declared | blamed by |\n|---|---|---|---|---|\n",
    );
    for control in controls {
        let blamed: Vec<String> = control
            .problems
            .iter()
            .map(|problem| problem.case.clone())
            .collect();
        _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            control.name,
            control.runs,
            escaped(&control.differs),
            compact(&control.declared),
            compact(&blamed)
        );
    }
}

fn mutants(page: &mut String, mutants: &[MutantRow]) {
    page.push_str(
        "\n## By mutant\n\nWhat names it has to find it; what finds it too is one bug seen from several sides.\n\n\
         | mutant | bug | named | found by, too |\n|---|---|---|---|\n",
    );
    for mutant in mutants {
        let others: Vec<String> = mutant
            .killers
            .iter()
            .filter(|case| !mutant.named.contains(case))
            .cloned()
            .collect();
        let mut named = match mutant.expect {
            "no-verdict" => "exit 4".to_owned(),
            "root-cause" => format!("{} (root cause)", compact(&mutant.named)),
            "finding" => format!("{} (below MUST)", compact(&mutant.named)),
            _ => compact(&mutant.named),
        };
        match mutant.verdict {
            Verdict::Killed => {}
            Verdict::Survived => named.push_str(" **survives**"),
            Verdict::Awaited => named.push_str(" **no such case**"),
            Verdict::NotRun => named.push_str(" **not tried**"),
        }
        _ = writeln!(
            page,
            "| `{}` | {} | {named} | {} |",
            mutant.name,
            escaped(&mutant.bug),
            compact(&others)
        );
    }
}

fn cases(page: &mut String, cases: &[CaseRow]) {
    page.push_str(
        "\n## By case\n\n| case | level | title | kills, named | finds, too |\n|---|---|---|---|---|\n",
    );
    for case in cases {
        let is_named = |name: &&String| case.named_by.contains(name);
        let (named, others): (Vec<&String>, Vec<&String>) = case.kills.iter().partition(is_named);
        _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            case.id,
            case.level,
            escaped(&case.title),
            names(&named, usize::MAX),
            names(&others, MOST_NAMES)
        );
    }
}

fn names(all: &[&String], most: usize) -> String {
    let shown: Vec<String> = all
        .iter()
        .take(most)
        .map(|name| format!("`{name}`"))
        .collect();
    let mut text = shown.join(" ");
    if all.len() > most {
        _ = write!(text, " and {} more", all.len() - most);
    }
    text
}

/// Texts of ours, in a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('\n', " ")
        .replace('<', "&lt;")
}
