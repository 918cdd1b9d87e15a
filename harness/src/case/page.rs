//! `CASES.md`: every case on one page, rendered from the registry.

use std::fmt::Write as _;

use super::declaration::{Case, CaseSet};
use super::registry;
use crate::requirement::{clause_by_id, requirement};
use crate::terms::{EvidenceSet, RequirementId};

/// The page as Markdown.
pub fn cases_page() -> String {
    let cases = registry::all();
    let core = cases
        .iter()
        .filter(|case| case.set == CaseSet::Core)
        .count();
    let mut page = format!(
        "# Cases\n\n\
         Rendered from the registry; `UPDATE_GENERATED=1 cargo test --workspace generated` renders it anew.\n\n\
         {} cases, {core} of them in the core set (★). Evidence: E1 HTTP answer, E2 client clock, \
         E3 effects by key, E4 process control, E5 statistics.\n",
        cases.len()
    );
    for id in RequirementId::ALL {
        let statement = requirement(id).statement;
        _ = write!(page, "\n- **{id}** {statement}");
    }
    page.push('\n');
    let mut family = "";
    for case in cases {
        let own = case.id.split('-').next().unwrap_or_default();
        if own != family {
            family = own;
            _ = write!(page, "\n## {family}\n");
        }
        describe(&mut page, case);
    }
    page
}

fn describe(page: &mut String, case: &Case) {
    let star = if case.set == CaseSet::Core {
        " ★"
    } else {
        ""
    };
    let requirements: Vec<&str> = case.requirements.iter().map(|id| id.word()).collect();
    // Writing to a String cannot fail.
    _ = write!(
        page,
        "\n### {}{star} {}\n\n{} · {} · {}\n\n{}\n\n- Why: {}\n- Fix: {}\n",
        case.id,
        case.title,
        case.level,
        requirements.join(", "),
        EvidenceSet::of(case.evidence),
        case.description(),
        case.doc_line("Why").unwrap_or_default(),
        case.doc_line("Fix").unwrap_or_default(),
    );
    for clause in case.clauses.iter().filter_map(|id| clause_by_id(id)) {
        _ = writeln!(
            page,
            "- {}: {} ({})",
            clause.id, clause.statement, clause.source
        );
    }
}
