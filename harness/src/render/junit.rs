//! The report for CI servers: JUnit XML.
//!
//! One suite of the requirements, then one per family of cases. Only what counts for the exit
//! code is a failure or an error; a file without either stands only beside exit code 0.

use quick_junit::{
    NonSuccessKind, Report as XmlReport, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::tally::{duration, exit_meaning, families, heaviest};
use super::text;
use super::visible::visible;
use crate::report::{CaseResult, Report, RequirementResult};
use crate::terms::{Conformance, Level, Outcome};

/// The XML text.
pub(super) fn render(report: &Report) -> Result<String, SerializeError> {
    let mut xml = XmlReport::new(visible(&report.tool.name));
    xml.set_time(duration(report.duration_ms));
    let cases: Vec<TestSuite> = families(report)
        .into_iter()
        .map(|(name, cases)| family(name, &cases, report))
        .collect();
    let mut requirements = requirements(report);
    let red = |suite: &TestSuite| suite.failures + suite.errors > 0;
    if report.exit_code != 0 && !red(&requirements) && !cases.iter().any(red) {
        requirements.add_test_case(exit_code(report));
    }
    xml.add_test_suite(requirements);
    xml.add_test_suites(cases);
    xml.to_string()
}

/// The verdicts, and what is worth knowing of the run.
fn requirements(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new("requirements");
    suite.set_time(duration(report.duration_ms));
    let mut property = |name: &str, value: &str| {
        suite.add_property((visible(name), visible(value)));
    };
    property("target", &report.target.url);
    property(
        "tool",
        &format!("{} {}", report.tool.name, report.tool.version),
    );
    property("schemaVersion", &report.schema_version);
    property("seed", &report.seed.to_string());
    property("callIdPrefix", &report.call_id_prefix);
    property("startedAt", &report.started_at);
    property(
        "profile",
        &format!("{}, {}", report.profile.name, report.profile.set),
    );
    property("exitCode", &report.exit_code.to_string());
    property("partial", &report.partial.to_string());
    property("headline", &report.headline);
    for requirement in &report.requirements {
        let value = if requirement.selected {
            format!("{} ({})", requirement.verdict, requirement.evidence)
        } else {
            "not selected".to_owned()
        };
        property(requirement.id.word(), &value);
    }
    for requirement in report.requirements.iter().filter(|r| r.selected) {
        suite.add_test_case(requirement_case(requirement));
    }
    suite
}

fn requirement_case(requirement: &RequirementResult) -> TestCase {
    let status = match requirement.verdict {
        Conformance::Conformant => TestCaseStatus::success(),
        Conformance::NotApplicable => skipped(&requirement.reason),
        Conformance::NonConformant => red(
            NonSuccessKind::Failure,
            &requirement.level.to_string(),
            &requirement.reason,
        ),
        Conformance::Unverified => red(
            NonSuccessKind::Error,
            requirement.verdict.word(),
            &requirement.reason,
        ),
    };
    let name = format!("{} {}", requirement.id, requirement.statement);
    testcase("requirements", &name, 0.0, status)
}

/// What keeps the file from being green when nothing in it says why the run was not.
fn exit_code(report: &Report) -> TestCase {
    let mut status = red(NonSuccessKind::Error, "exit-code", &report.headline);
    status.set_description(exit_meaning(report.exit_code));
    testcase(
        "requirements",
        &format!("exit code {}", report.exit_code),
        0.0,
        status,
    )
}

fn family(name: &str, cases: &[&CaseResult], report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(visible(name));
    suite.set_time(duration(cases.iter().map(|case| case.duration_ms).sum()));
    suite.add_test_cases(cases.iter().map(|case| case_of(name, case, report)));
    suite
}

fn case_of(family: &str, case: &CaseResult, report: &Report) -> TestCase {
    let status = status(case, report);
    let fails = matches!(
        &status,
        TestCaseStatus::NonSuccess {
            kind: NonSuccessKind::Failure,
            ..
        }
    );
    let name = format!("{} {}", case.id, case.title);
    let mut testcase = testcase(family, &name, case.duration_ms, status);
    let ids: Vec<_> = case.requirements.iter().map(|id| id.word()).collect();
    for (name, value) in [
        ("requirements", ids.join(" ")),
        ("level", case.level.to_string()),
        ("outcome", case.outcome.to_string()),
        ("evidence", case.evidence.to_string()),
        ("unseen", case.unseen.to_string()),
    ] {
        testcase.add_property((name.to_owned(), value));
    }
    let findings = (!fails && heaviest(case).is_some()).then(|| text::block(case));
    let notes = case
        .notes
        .iter()
        .map(|note| format!("note: {}\n", visible(note)));
    let out: String = findings.into_iter().chain(notes).collect();
    if !out.is_empty() {
        testcase.set_system_out(out);
    }
    testcase
}

/// The mapping of outcomes: what counts is red, what was not judged is skipped and says why.
fn status(case: &CaseResult, report: &Report) -> TestCaseStatus {
    let counts =
        |level: Level| level == Level::Must || level == Level::Should && report.profile.strict;
    if let Some(level) = heaviest(case).filter(|level| counts(*level)) {
        let mut status = red(NonSuccessKind::Failure, &level.to_string(), &case.message);
        status.set_description(text::block(case));
        return status;
    }
    let reason = format!("{}: {}", case.outcome, case.message);
    match case.outcome {
        Outcome::Error => red(NonSuccessKind::Error, case.outcome.word(), &reason),
        Outcome::Inconclusive | Outcome::Blocked if leaves_unverified(case, report) => {
            red(NonSuccessKind::Error, case.outcome.word(), &reason)
        }
        Outcome::Inconclusive | Outcome::Blocked | Outcome::NotRun | Outcome::NotApplicable => {
            skipped(&reason)
        }
        Outcome::Pass | Outcome::Fail => TestCaseStatus::success(),
    }
}

/// True when a selected requirement is unverified and this MUST case is a part of why.
fn leaves_unverified(case: &CaseResult, report: &Report) -> bool {
    case.level == Level::Must
        && report.requirements.iter().any(|requirement| {
            requirement.selected
                && requirement.verdict == Conformance::Unverified
                && case.requirements.contains(&requirement.id)
        })
}

fn testcase(class: &str, name: &str, ms: f64, status: TestCaseStatus) -> TestCase {
    let mut testcase = TestCase::new(visible(name), status);
    testcase.set_classname(format!("hamsa.{}", visible(class)));
    testcase.set_time(duration(ms));
    testcase
}

fn red(kind: NonSuccessKind, kind_word: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(kind_word).set_message(visible(message));
    status
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(visible(reason));
    status
}
