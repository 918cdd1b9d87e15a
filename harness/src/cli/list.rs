//! `list`: the cases.

use serde_json::json;

use super::args::ListArgs;
use super::output;
use crate::case::{Case, CaseSet, registry};
use crate::error::HarnessError;
use crate::profile::Selection;
use crate::report::ExitCode;
use crate::terms::{EvidenceSet, Level};

/// Lists the cases that the arguments select.
pub(super) fn list(args: &ListArgs) -> Result<ExitCode, HarnessError> {
    let selection = Selection {
        set: args.set.map_or(CaseSet::All, CaseSet::from),
        only: args.only.clone(),
        skip: Vec::new(),
        level: Level::Info,
    };
    selection.check()?;
    let cases: Vec<&Case> = registry::all()
        .into_iter()
        .filter(|case| selection.leaves_out(case, case.level).is_none())
        .collect();
    if args.json {
        let document: Vec<_> = cases.iter().map(|case| as_json(case)).collect();
        let text = serde_json::to_string_pretty(&document)
            .map_err(|error| HarnessError::Internal(error.to_string()))?;
        output::line(&text);
    } else {
        for case in &cases {
            output::line(&as_line(case));
        }
        let core = cases
            .iter()
            .filter(|case| case.set == CaseSet::Core)
            .count();
        output::diagnostic(&format!(
            "{} cases, {core} of them in the core set (*)",
            cases.len()
        ));
    }
    Ok(ExitCode::Conformant)
}

fn as_line(case: &Case) -> String {
    let requirements: Vec<&str> = case.requirements.iter().map(|id| id.word()).collect();
    format!(
        "{}{} {:<6} {:<4} {:<14} {}",
        case.id,
        if case.set == CaseSet::Core { '*' } else { ' ' },
        case.level,
        requirements.join("+"),
        EvidenceSet::of(case.evidence),
        case.title,
    )
}

fn as_json(case: &Case) -> serde_json::Value {
    json!({
        "id": case.id,
        "title": case.title,
        "level": case.level,
        "requirements": case.requirements,
        "set": case.set.word(),
        "evidence": case.evidence,
        "clauses": case.clauses,
        "description": case.description(),
        "why": case.doc_line("Why"),
        "fix": case.doc_line("Fix"),
    })
}
