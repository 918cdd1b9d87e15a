//! `doctor`: looks at a receiver before a run. It walks the guide's troubleshooting entries with
//! the cases that belong to each, says what evidence can be had, and prints the next command.

use super::args::{ReceiverArgs, RunArgs};
use super::output::{line, stdout_style};
use super::session::{self, Session};
use super::settings::resolve;
use crate::error::HarnessError;
use crate::render::{Ink, visible};
use crate::report::{CaseResult, ExitCode, Report};
use crate::terms::{EvidenceKind, Level, Outcome, RequirementId};

/// One entry of the guide's troubleshooting chapter.
struct Entry {
    /// The symptom, in the guide's order.
    symptom: &'static str,
    /// The cases that would find its cause in the receiver.
    cases: &'static [&'static str],
    /// What else can be behind it, where no request can see it.
    otherwise: &'static str,
}

const ENTRIES: &[Entry] = &[
    Entry {
        symptom: "Nothing is received",
        cases: &["ACK-01", "ACK-06", "TLS-01", "TLS-02", "TLS-03", "TLS-06"],
        otherwise: "the URL is saved in the agent's Call Webhook section, public, https and reachable",
    },
    Entry {
        symptom: "An event cannot be matched to a record",
        cases: &["EVT-03"],
        otherwise: "params carry an identifier when the call is started, and names agree letter by letter; --set-field sends one you know",
    },
    Entry {
        symptom: "401 Unauthorized",
        cases: &["AUT-01", "AUT-02", "AUT-07"],
        otherwise: "both sides hold the full value, `Bearer` with a capital B, a space, the token",
    },
    Entry {
        symptom: "Some events are missing",
        cases: &["ACK-01", "ACK-02", "ACK-07", "ACK-13"],
        otherwise: "nothing slow happens before the answer; types you do not use are answered 200 too",
    },
    Entry {
        symptom: "The same event is taken twice",
        cases: &["IDM-01", "IDM-02", "IDM-05"],
        otherwise: "the key is in the store that all workers share, under a unique constraint",
    },
    Entry {
        symptom: "Fields of outcomeResult are null or missing",
        cases: &["EVT-01", "EVT-04"],
        otherwise: "the agent's outcome configuration extracts the field",
    },
    Entry {
        symptom: "Arrays and objects are not preserved",
        cases: &["EVT-02"],
        otherwise: "they are sent as JSON strings and parsed back where they are used",
    },
];

/// Looks at a receiver.
pub(super) async fn doctor(receiver: ReceiverArgs) -> Result<ExitCode, HarnessError> {
    let mut cases: Vec<String> = ENTRIES
        .iter()
        .flat_map(|entry| entry.cases)
        .map(|id| (*id).to_owned())
        .collect();
    cases.sort_unstable();
    cases.dedup();
    let args = RunArgs {
        receiver,
        only: cases,
        ..RunArgs::default()
    };
    let session = Session::prepare(resolve(args)?).await?;
    let command = session.commands.run();
    let report = session.report().await?;
    show(&report, &session::scrubbed(&command));
    // A selection is what doctor is about, so it is no gap here: findings decide, then evidence.
    let is_open = |case: &CaseResult| {
        case.level == Level::Must
            && matches!(
                case.outcome,
                Outcome::Inconclusive | Outcome::Blocked | Outcome::Error
            )
    };
    let fails = |case: &CaseResult| case.findings.iter().any(|f| f.level == Level::Must);
    Ok(match ExitCode::of(report.exit_code) {
        Some(code @ (ExitCode::Interrupted | ExitCode::Terminated | ExitCode::Internal)) => code,
        Some(ExitCode::NoVerdict) => ExitCode::NoVerdict,
        _ if report.cases.iter().any(fails) => ExitCode::NonConformant,
        _ if report.effects.settle_ms.is_none() || report.cases.iter().any(is_open) => {
            ExitCode::Unverified
        }
        _ => ExitCode::Conformant,
    })
}

fn show(report: &Report, command: &str) {
    let style = stdout_style();
    line(&style.paint(
        Ink::Strong,
        &format!("Receiver {}", visible(&report.target.url)),
    ));
    for step in &report.preflight {
        let outcome = mark(step.outcome);
        line(&format!(
            "  {outcome:<6} {} {}: {}",
            step.id,
            step.title,
            visible(&step.detail)
        ));
    }
    line(&format!(
        "\n{}",
        style.paint(Ink::Strong, "The guide's troubleshooting, entry by entry")
    ));
    for entry in ENTRIES {
        show_entry(entry, report);
    }
    line(&format!(
        "\n{}",
        style.paint(Ink::Strong, "Evidence that can be had")
    ));
    for id in [RequirementId::R1, RequirementId::R2, RequirementId::R3] {
        line(&format!("  {id}  {}", reach(id, report)));
    }
    if let Some(settle) = report.effects.settle_ms {
        line(&format!(
            "  Effects show after {settle:.0} ms, for {}.",
            report.effects.types.join(", ")
        ));
    }
    line(&format!("\n{}", style.paint(Ink::Strong, "Next")));
    line(&format!("  {}", next(report, command)));
}

fn show_entry(entry: &Entry, report: &Report) {
    let own: Vec<&CaseResult> = entry
        .cases
        .iter()
        .filter_map(|id| report.case(id))
        .collect();
    let worst = own
        .iter()
        .map(|case| case.outcome)
        .max_by_key(|outcome| match outcome {
            Outcome::NotApplicable | Outcome::NotRun => 0,
            Outcome::Pass => 1,
            Outcome::Inconclusive => 2,
            Outcome::Blocked => 3,
            Outcome::Fail | Outcome::Error => 4,
        });
    line(&format!(
        "  {:<6} {}",
        mark(worst.unwrap_or(Outcome::NotRun)),
        entry.symptom
    ));
    for case in &own {
        if !matches!(
            case.outcome,
            Outcome::Pass | Outcome::NotApplicable | Outcome::NotRun
        ) {
            line(&format!(
                "         {} {}: {}",
                case.id,
                case.outcome,
                visible(&case.message)
            ));
        }
        if case.outcome == Outcome::Fail {
            line(&format!("         fix: {}", case.fix));
        }
        for note in &case.notes {
            line(&format!("         {}: {}", case.id, visible(note)));
        }
    }
    line(&format!("         also check: {}", entry.otherwise));
}

fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "ok",
        Outcome::Fail | Outcome::Error => "FAIL",
        Outcome::Inconclusive | Outcome::Blocked => "?",
        Outcome::NotApplicable | Outcome::NotRun => "-",
    }
}

/// What evidence a requirement can reach on this receiver, and the line that would raise it.
fn reach(id: RequirementId, report: &Report) -> String {
    let sees_effects = report.effects.settle_ms.is_some();
    let demanded = report
        .profile
        .evidence
        .iter()
        .find(|demanded| demanded.requirement == id);
    let demanded = demanded.map(|demanded| demanded.kinds).unwrap_or_default();
    let needs_effects = demanded.kinds().contains(&EvidenceKind::E3);
    if needs_effects && report.effects.counts_only {
        return format!(
            "answers, clock and a count of effects; {demanded} is demanded, and a right count proves \
             no key. Raise it: let the probe answer with a record of callId, eventType and timestamp \
             for each effect"
        );
    }
    match (sees_effects, needs_effects) {
        (true, _) => format!("answers, clock and effects by key; {demanded} is demanded"),
        (false, false) if id == RequirementId::R3 && report.profile.auth == "off" => {
            "not applicable: authentication is declared off".to_owned()
        }
        (false, false) => format!("answers and clock; {demanded} is demanded, so it can be proved"),
        (false, true) => format!(
            "answers only; {demanded} is demanded, so it stays unverified. Raise it with \
             --effects 'http:URL?prefix={{prefix}}', 'cmd:COMMAND', 'file:PATH' or \
             'sink:ADDRESS:PORT'"
        ),
    }
}

fn next(report: &Report, command: &str) -> String {
    let failed = report
        .cases
        .iter()
        .find(|case| case.outcome == Outcome::Fail && case.level == Level::Must);
    match failed {
        _ if report.exit_code == ExitCode::NoVerdict as u8 => {
            report.next.first().cloned().unwrap_or_default()
        }
        Some(case) => format!("hamsa-harness explain {}", case.id),
        None if report.effects.settle_ms.is_none() => report
            .next
            .first()
            .cloned()
            .unwrap_or_else(|| command.to_owned()),
        None => command.to_owned(),
    }
}
