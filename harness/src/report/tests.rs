//! How outcomes fold into verdicts, and verdicts into an exit code.

use std::collections::BTreeMap;
use std::time::Duration;

use super::exit_code::{ExitCode, decide};
use super::model::{CaseResult, Finding, RequirementResult, Traffic};
use super::verdicts::{Gap, verdicts};
use crate::case::CaseSet;
use crate::profile::{Auth, Exposure, Profile, Selection};
use crate::terms::{Conformance, EvidenceKind, EvidenceSet, Level, Outcome, RequirementId};
use RequirementId::{R1, R2, R3};

fn profile(strict: bool) -> Profile {
    Profile {
        exposure: Exposure::Local,
        auth: Auth::Bearer,
        selection: Selection {
            set: CaseSet::Core,
            only: Vec::new(),
            skip: Vec::new(),
            level: Level::Info,
        },
        strict,
        deadline: Duration::from_secs(5),
        budget: Duration::from_secs(1),
        settle_max: Duration::from_secs(10),
        jobs: 1,
        seed: 1,
        owns_target: false,
        effect_types: None,
        durable: false,
        fail_fast: false,
        accepted: BTreeMap::new(),
    }
}

fn case(id: &str, requirement: RequirementId, level: Level, outcome: Outcome) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        title: String::new(),
        requirements: vec![requirement],
        level,
        outcome,
        evidence: EvidenceSet::of(&EvidenceKind::ALL),
        unseen: EvidenceSet::default(),
        message: format!("{outcome} as made up"),
        expected: None,
        actual: None,
        clauses: Vec::new(),
        findings: Vec::new(),
        notes: Vec::new(),
        figures: Vec::new(),
        traffic: Traffic::default(),
        attempts: Vec::new(),
        repro: Vec::new(),
        fix: String::new(),
        duration_ms: 0.0,
    }
}

fn left_out(case: &'static str) -> Gap {
    Gap {
        case,
        was_wanted: false,
    }
}

fn with_finding(mut case: CaseResult, level: Level) -> CaseResult {
    case.findings.push(Finding {
        level,
        requirements: case.requirements.clone(),
        claim: String::new(),
        expected: String::new(),
        actual: String::new(),
        attempt: None,
    });
    case
}

fn judged(cases: &[CaseResult], gaps: &[Gap], strict: bool) -> (Vec<RequirementResult>, ExitCode) {
    let requirements = verdicts(cases, gaps, &profile(strict), true);
    let code = decide(cases, &requirements, strict);
    (requirements, code)
}

fn verdict(requirements: &[RequirementResult], id: RequirementId) -> Conformance {
    requirements
        .iter()
        .find(|own| own.id == id)
        .unwrap()
        .verdict
}

#[test]
fn all_musts_passed_is_conformant() {
    let cases = [
        case("ACK-01", R1, Level::Must, Outcome::Pass),
        case("ACK-04", R1, Level::Should, Outcome::Inconclusive),
    ];
    let (requirements, code) = judged(&cases, &[], false);
    assert_eq!(verdict(&requirements, R1), Conformance::Conformant);
    assert_eq!(code, ExitCode::Conformant);
}

#[test]
fn a_must_finding_breaks_its_requirement_and_no_other() {
    let cases = [
        case("ACK-01", R1, Level::Must, Outcome::Pass),
        with_finding(case("IDM-01", R2, Level::Must, Outcome::Fail), Level::Must),
    ];
    let (requirements, code) = judged(&cases, &[], false);
    assert_eq!(verdict(&requirements, R1), Conformance::Conformant);
    assert_eq!(verdict(&requirements, R2), Conformance::NonConformant);
    assert_eq!(code, ExitCode::NonConformant);
}

#[test]
fn a_should_finding_counts_under_strict_only() {
    let cases = [
        case("ACK-01", R1, Level::Must, Outcome::Pass),
        with_finding(
            case("ACK-04", R1, Level::Should, Outcome::Fail),
            Level::Should,
        ),
    ];
    assert_eq!(judged(&cases, &[], false).1, ExitCode::Conformant);
    assert_eq!(judged(&cases, &[], true).1, ExitCode::NonConformant);
}

#[test]
fn an_open_must_leaves_its_requirement_unverified() {
    for outcome in [Outcome::Inconclusive, Outcome::Blocked, Outcome::Error] {
        let cases = [
            case("IDM-01", R2, Level::Must, Outcome::Pass),
            case("IDM-03", R2, Level::Must, outcome),
        ];
        let (requirements, code) = judged(&cases, &[], false);
        assert_eq!(
            verdict(&requirements, R2),
            Conformance::Unverified,
            "{outcome}"
        );
        let expected = if outcome == Outcome::Error {
            ExitCode::Internal
        } else {
            ExitCode::Unverified
        };
        assert_eq!(code, expected, "{outcome}");
    }
}

#[test]
fn what_the_set_leaves_out_is_no_gap_and_what_the_user_leaves_out_is() {
    let cases = [
        case("IDM-01", R2, Level::Must, Outcome::Pass),
        case("IDM-11", R2, Level::Must, Outcome::NotRun),
    ];
    assert_eq!(judged(&cases, &[], false).1, ExitCode::Conformant);
    let (requirements, code) = judged(&cases, &[left_out("IDM-11")], false);
    assert_eq!(verdict(&requirements, R2), Conformance::Unverified);
    assert_eq!(code, ExitCode::Unverified);
}

#[test]
fn nothing_run_is_never_success() {
    assert_eq!(judged(&[], &[], false).1, ExitCode::Unverified);
    let rests = [
        case("ACK-01", R1, Level::Must, Outcome::NotRun),
        case("AUT-01", R3, Level::Must, Outcome::NotApplicable),
    ];
    let (requirements, code) = judged(&rests, &[], false);
    assert_eq!(code, ExitCode::Unverified);
    assert_eq!(verdict(&requirements, R3), Conformance::NotApplicable);
    assert!(requirements.iter().all(|requirement| !requirement.selected));
}

#[test]
fn a_requirement_that_does_not_apply_is_no_obstacle() {
    let cases = [
        case("ACK-01", R1, Level::Must, Outcome::Pass),
        case("AUT-01", R3, Level::Must, Outcome::NotApplicable),
    ];
    assert_eq!(judged(&cases, &[], false).1, ExitCode::Conformant);
}

#[test]
fn thirty_two_copies_stand_in_for_two_that_never_overlapped() {
    let cases = [
        case("IDM-04", R2, Level::Must, Outcome::Inconclusive),
        case("IDM-05", R2, Level::Must, Outcome::Pass),
    ];
    assert_eq!(judged(&cases, &[], false).1, ExitCode::Conformant);
    let both = cases.map(|mut case| {
        case.outcome = Outcome::Inconclusive;
        case
    });
    assert_eq!(judged(&both, &[], false).1, ExitCode::Unverified);
}

#[test]
fn a_failure_outweighs_what_is_unverified_and_an_error_outweighs_both() {
    let mut cases = vec![
        case("IDM-01", R2, Level::Must, Outcome::Inconclusive),
        with_finding(case("ACK-01", R1, Level::Must, Outcome::Fail), Level::Must),
    ];
    assert_eq!(judged(&cases, &[], false).1, ExitCode::NonConformant);
    cases.push(case("ACK-02", R1, Level::Must, Outcome::Error));
    assert_eq!(judged(&cases, &[], false).1, ExitCode::Internal);
}

#[test]
fn what_was_withheld_or_cut_off_counts_and_what_was_not_asked_for_does_not() {
    let cases = [
        case("ACK-01", R1, Level::Must, Outcome::Pass),
        case("IDM-01", R2, Level::Must, Outcome::NotRun),
    ];
    assert_eq!(
        judged(&cases, &[left_out("IDM-01")], false).1,
        ExitCode::Conformant
    );
    let withheld = Gap {
        case: "IDM-01",
        was_wanted: true,
    };
    let (requirements, code) = judged(&cases, &[withheld], false);
    assert_eq!(verdict(&requirements, R2), Conformance::Unverified);
    assert_eq!(code, ExitCode::Unverified);
}

#[test]
fn a_finding_counts_for_the_requirement_it_is_filed_under() {
    let mut lost = with_finding(case("ACK-01", R1, Level::Must, Outcome::Fail), Level::Must);
    lost.findings[0].requirements = vec![R2];
    let cases = [lost, case("IDM-01", R2, Level::Must, Outcome::Pass)];
    let (requirements, code) = judged(&cases, &[], false);
    assert_eq!(verdict(&requirements, R1), Conformance::Conformant);
    assert_eq!(verdict(&requirements, R2), Conformance::NonConformant);
    assert_eq!(code, ExitCode::NonConformant);
}

#[test]
fn demanded_evidence_that_no_case_brought_leaves_a_requirement_unverified() {
    let mut weak = case("IDM-02", R2, Level::Must, Outcome::Pass);
    weak.evidence = EvidenceSet::of(&[EvidenceKind::E1]);
    let (requirements, code) = judged(&[weak], &[], false);
    assert_eq!(verdict(&requirements, R2), Conformance::Unverified);
    assert_eq!(code, ExitCode::Unverified);
}

#[test]
fn a_door_that_opens_for_nobody_proves_nothing() {
    let cases = [case("AUT-01", R3, Level::Must, Outcome::Pass)];
    let shut = verdicts(&cases, &[], &profile(false), false);
    assert_eq!(verdict(&shut, R3), Conformance::Unverified);
}

#[test]
fn a_door_that_is_declared_open_is_never_proved_shut() {
    let cases = [case("LOG-01", R3, Level::Must, Outcome::Pass)];
    let mut open = profile(false);
    open.auth = Auth::Off;
    let judged = verdicts(&cases, &[], &open, true);
    assert_eq!(verdict(&judged, R3), Conformance::NotApplicable);
    let r3 = judged.iter().find(|own| own.id == R3).unwrap();
    assert!(r3.reason.contains("declared off"), "{}", r3.reason);
}
