//! `explain`: what a case does and why, from the same declaration that the run uses.

use super::args::ExplainArgs;
use super::output::line;
use crate::case::{Case, Need, Schedule, registry};
use crate::error::HarnessError;
use crate::report::ExitCode;
use crate::requirement::{clause_by_id, requirement};
use crate::terms::{EvidenceSet, RequirementId};

/// Explains a case, a clause or a requirement.
pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, HarnessError> {
    let id = args.id.trim();
    if let Some(case) = registry::by_id(id) {
        explain_case(case);
    } else if let Ok(requirement) = id.parse::<RequirementId>() {
        explain_requirement(requirement);
    } else if let Some(clause) = clause_by_id(&id.to_ascii_uppercase()) {
        line(&format!(
            "{} ({}, {})",
            clause.id, clause.level, clause.source
        ));
        line(&format!("  {}", clause.statement));
        if let Some(unchecked) = &clause.unchecked {
            line(&format!("\n{}", unchecked.sentence()));
        }
        if clause.unchecked.is_none_or(|unchecked| unchecked.partly) {
            list_cases("Checked by", |case| case.clauses.contains(&clause.id));
        }
    } else {
        let hint = registry::nearest(id).map_or_else(
            || "`hamsa-harness list` shows every id".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        return Err(HarnessError::usage(format!(
            "`{id}` is no case, clause or requirement; {hint}"
        )));
    }
    Ok(ExitCode::Conformant)
}

fn explain_requirement(id: RequirementId) {
    let requirement = requirement(id);
    line(&format!("{id}  {}", requirement.statement));
    line(&format!(
        "  Evidence demanded by default: {}",
        requirement.demanded
    ));
    list_cases("Cases", |case| case.requirements.contains(&id));
}

fn list_cases(title: &str, is_about: impl Fn(&Case) -> bool) {
    line(&format!("\n{title}"));
    for case in registry::all().into_iter().filter(|case| is_about(case)) {
        line(&format!("  {} {:<6} {}", case.id, case.level, case.title));
    }
}

fn explain_case(case: &Case) {
    let requirements: Vec<String> = case
        .requirements
        .iter()
        .map(|id| format!("{id} ({})", requirement(*id).statement))
        .collect();
    line(&format!("{}  {}", case.id, case.title));
    line(&format!("\n  {}", case.description()));
    line(&format!("\nLevel        {}", case.level));
    line(&format!("Requirement  {}", requirements.join("; ")));
    line(&format!("Set          {}", case.set.word()));
    let kinds: Vec<String> = case
        .evidence
        .iter()
        .map(|kind| format!("{kind:?} {}", kind.meaning()))
        .collect();
    line(&format!(
        "Evidence     {} ({})",
        EvidenceSet::of(case.evidence),
        kinds.join(", ")
    ));
    line(&format!("Sent         {}", schedule(case.schedule)));
    for need in case.needs {
        line(&format!("Needs        {}", needed(*need)));
    }
    line(&format!(
        "\nWhy          {}",
        case.doc_line("Why").unwrap_or_default()
    ));
    line(&format!(
        "Fix          {}",
        case.doc_line("Fix").unwrap_or_default()
    ));
    line("\nClauses");
    for clause in case.clauses.iter().filter_map(|id| clause_by_id(id)) {
        line(&format!("  {} {}", clause.id, clause.statement));
        line(&format!("      {}", clause.source));
    }
    let mutants: Vec<&str> = hamsa_zoo::mutants::all()
        .filter(|mutant| mutant.killed_by.contains(&case.id))
        .map(|mutant| mutant.name)
        .collect();
    line("\nSee it");
    line(&format!("  hamsa-harness run reference --only {}", case.id));
    for mutant in mutants.iter().take(3) {
        line(&format!(
            "  hamsa-harness run zoo:{mutant} --only {}",
            case.id
        ));
    }
}

fn schedule(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::Shared => "beside other cases",
        Schedule::Handshakes => "handshakes and no event, beside other cases",
        Schedule::Slow => "over seconds, beside anything",
        Schedule::Alone => "alone, because it measures time or makes races",
        Schedule::Load => "alone, because it is load",
        Schedule::Disturbing => "alone, because it disturbs what the receiver needs",
        Schedule::Hostile => "one at a time after the others, because it may end a receiver",
        Schedule::Process => "one at a time after the last look at effects, as it ends the process",
        Schedule::Afterwards => "nothing; it judges what the whole run has seen",
    }
}

fn needed(need: Need) -> &'static str {
    match need {
        Need::Secret => "a configured secret (not applicable with --no-auth)",
        Need::Refusal => "a receiver that refuses bad credentials at all",
        Need::Http1 => "a receiver that speaks HTTP/1.1",
        Need::Https => "an https target",
        Need::PlainPort => "a port for plain http (80, or --plain-port)",
        Need::PublicProfile => "the public profile",
        Need::Ownership => "a local target, or --i-own-this-target",
        Need::Hook(kind) => kind.options(),
        Need::LogFile => "--log-file",
        Need::Process => {
            "--spawn, or --kill and --restart (a MUST then only with --durable, else a SHOULD)"
        }
        Need::Signals => "--spawn",
        Need::Replicas => "a second URL, with --also",
    }
}
