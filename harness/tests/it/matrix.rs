//! The kill matrix, from made-up reports: what counts as killed, as a survivor, as a flake and as
//! a false finding, and how the page shows it.

use std::collections::BTreeMap;

use hamsa_harness::case::{Case, registry};
use hamsa_harness::render::{matrix_page, matrix_text};
use hamsa_harness::selftest::{
    Cell, Circumstances, Ended, Matrix, Pass, Problem, Role, Scope, Sighting, Subject, Verdict,
    matrix, planned, subjects,
};
use hamsa_harness::terms::{Level, Outcome};
use hamsa_zoo::Expect;

use crate::render::samples;

const FAILED: (Outcome, Option<Level>) = (Outcome::Fail, Some(Level::Must));
const PASSED: (Outcome, Option<Level>) = (Outcome::Pass, None);
const FOUND: (Outcome, Option<Level>) = (Outcome::Fail, Some(Level::Should));
const NOTED: (Outcome, Option<Level>) = (Outcome::Pass, Some(Level::Info));

fn mutant(name: &str, killed_by: &[&str], expect: Expect) -> Subject {
    Subject {
        name: name.to_owned(),
        about: format!("the bug of {name}"),
        role: Role::Mutant {
            killed_by: killed_by.iter().map(|id| (*id).to_owned()).collect(),
            expect,
        },
    }
}

fn control(name: &str, declared: &[&str]) -> Subject {
    Subject {
        name: name.to_owned(),
        about: format!("what is different in {name}"),
        role: Role::Control {
            declared: declared.iter().map(|id| (*id).to_owned()).collect(),
            unverified: Vec::new(),
        },
    }
}

fn seen(
    subject: usize,
    pass: Pass,
    code: i32,
    said: &[(&str, (Outcome, Option<Level>))],
) -> Sighting {
    let cells: BTreeMap<String, Cell> = said
        .iter()
        .map(|(id, (outcome, finding))| {
            let cell = Cell {
                outcome: *outcome,
                finding: *finding,
                actual: "status 500".to_owned(),
            };
            ((*id).to_owned(), cell)
        })
        .collect();
    Sighting {
        subject,
        pass,
        ended: Ended::Reported {
            code,
            headline: "as made up".to_owned(),
        },
        cells,
    }
}

fn made(full: bool, repeat: u32) -> Circumstances {
    Circumstances {
        date: "2026-01-31".to_owned(),
        full,
        repeat,
        selected: false,
        interrupted: None,
        jobs: 8,
        took_s: 754,
        cores: 2,
        load: Some((0.4, 7.9)),
    }
}

fn cases() -> Vec<&'static Case> {
    ["ACK-01", "IDM-01", "IDM-05", "AUT-01", "TLS-01"]
        .map(|id| registry::by_id(id).expect("a case"))
        .into()
}

fn built(subjects: &[Subject], sightings: &[Sighting], made: Circumstances) -> Matrix {
    matrix(subjects, sightings, &cases(), made)
}

fn one_mutant(expect: Expect, sightings: &[Sighting]) -> Matrix {
    let subject = mutant("forgets", &["IDM-01", "IDM-05"], expect);
    built(&[subject], sightings, made(false, 1))
}

#[test]
fn a_mutant_is_killed_when_each_case_that_names_it_fails() {
    let named = |ids: [(&str, (Outcome, Option<Level>)); 2]| {
        one_mutant(Expect::Failure, &[seen(0, Pass::Named, 1, &ids)])
    };
    let killed = named([("IDM-01", FAILED), ("IDM-05", FAILED)]);
    assert!(killed.is_proof());
    assert_eq!(killed.mutants[0].killers, ["IDM-01", "IDM-05"]);

    for missed in [PASSED, FOUND, (Outcome::Blocked, None)] {
        let matrix = named([("IDM-01", FAILED), ("IDM-05", missed)]);
        assert_eq!(matrix.mutants[0].verdict, Verdict::Survived, "{missed:?}");
        assert!(!matrix.is_proof());
        let problem = &matrix.mutants[0].problems[0];
        assert_eq!((problem.case.as_str(), problem.runs), ("IDM-05", 1));
    }
}

#[test]
fn a_named_case_that_did_not_run_did_not_kill() {
    let ran = seen(0, Pass::Named, 1, &[("IDM-01", FAILED)]);
    let matrix = one_mutant(Expect::Failure, &[ran]);
    assert_eq!(matrix.mutants[0].verdict, Verdict::Survived);
    // The whole set may leave it out: then the other run has to have it.
    let whole = seen(0, Pass::Whole, 1, &[("IDM-01", FAILED)]);
    let named = seen(0, Pass::Named, 1, &[("IDM-01", FAILED), ("IDM-05", FAILED)]);
    assert!(one_mutant(Expect::Failure, &[whole, named]).is_proof());
}

#[test]
fn the_exit_code_counts_as_well() {
    let said = [("IDM-01", FAILED), ("IDM-05", FAILED)];
    let wrong = one_mutant(Expect::Failure, &[seen(0, Pass::Named, 3, &said)]);
    let expected = Problem {
        case: "run".to_owned(),
        text: "exit 3 in place of 1: as made up".to_owned(),
        runs: 1,
    };
    assert_eq!(wrong.mutants[0].problems, [expected]);

    let none = mutant("silent", &[], Expect::NoVerdict);
    for (code, verdict) in [(4, Verdict::Killed), (1, Verdict::Survived)] {
        let run = seen(0, Pass::Named, code, &[]);
        let matrix = built(std::slice::from_ref(&none), &[run], made(false, 1));
        assert_eq!(matrix.mutants[0].verdict, verdict);
    }
    let broken = Sighting::broken(0, Pass::Named, "took longer than 300 s".to_owned());
    let matrix = one_mutant(Expect::Failure, &[broken]);
    assert_eq!(matrix.mutants[0].verdict, Verdict::Survived);
}

#[test]
fn what_is_found_on_a_correct_receiver_too_kills_nothing() {
    let subjects = [
        mutant("noisy", &["IDM-05"], Expect::Finding),
        control("plain", &[]),
    ];
    let on_mutant = seen(0, Pass::Named, 0, &[("IDM-05", NOTED)]);
    for (on_plain, verdict) in [(PASSED, Verdict::Killed), (NOTED, Verdict::Survived)] {
        let on_plain = seen(1, Pass::Core, 0, &[("IDM-05", on_plain)]);
        let matrix = built(&subjects, &[on_mutant.clone(), on_plain], made(false, 1));
        assert_eq!(matrix.mutants[0].verdict, verdict);
    }
}

#[test]
fn what_was_not_tried_is_not_killed() {
    let untried = one_mutant(Expect::Failure, &[]);
    assert_eq!(untried.mutants[0].verdict, Verdict::NotRun);
    assert!(!untried.is_proof());

    let awaited = mutant("early", &["XYZ-01"], Expect::Failure);
    let matrix = built(&[awaited], &[], made(false, 1));
    assert_eq!(matrix.mutants[0].verdict, Verdict::Awaited);
    assert!(!matrix.is_proof());
    assert!(matrix_text(&matrix).contains("early names cases that do not exist: XYZ-01"));
    assert!(!built(&[], &[], made(false, 1)).is_proof(), "of nothing");

    let innocent = built(&[control("plain", &[])], &[], made(false, 1));
    assert_eq!(innocent.totals.not_run, 1);
    assert!(!innocent.is_proof());
}

#[test]
fn a_control_may_be_found_with_what_it_declares_only() {
    let subjects = [control("terse", &["ACK-01"])];
    let judged = |code, said: &[(&str, (Outcome, Option<Level>))]| {
        built(
            &subjects,
            &[seen(0, Pass::Core, code, said)],
            made(false, 1),
        )
    };
    assert!(judged(0, &[("ACK-01", FOUND), ("IDM-01", NOTED)]).is_proof());
    for (code, said) in [
        (0, [("IDM-01", FOUND)]),
        (1, [("ACK-01", FAILED)]),
        (3, [("IDM-01", PASSED)]),
    ] {
        let matrix = judged(code, &said);
        assert!(!matrix.is_proof(), "{said:?}");
        assert!(matrix.totals.false_findings >= 1, "{said:?}");
    }
}

#[test]
fn a_cell_that_changes_between_repeats_is_a_flake() {
    let subjects = [
        mutant("forgets", &["IDM-01"], Expect::Failure),
        control("plain", &[]),
    ];
    let killed = seen(0, Pass::Named, 1, &[("IDM-01", FAILED)]);
    let missed = seen(0, Pass::Named, 0, &[("IDM-01", PASSED)]);
    let fine = seen(1, Pass::Core, 0, &[("IDM-01", PASSED), ("ACK-01", PASSED)]);
    let unclear = seen(
        1,
        Pass::Core,
        0,
        &[("IDM-01", (Outcome::Inconclusive, None)), ("ACK-01", NOTED)],
    );
    let alike = [killed.clone(), killed.clone(), fine.clone(), fine.clone()];
    let matrix = built(&subjects, &alike, made(false, 2));
    assert!(matrix.is_proof());
    // Two for the runs, three for the cases.
    assert_eq!(
        (matrix.totals.repeated_cells, matrix.totals.flaky_cells),
        (5, 0)
    );

    let matrix = built(&subjects, &[killed, missed, fine, unclear], made(false, 2));
    assert!(!matrix.is_proof());
    let said: Vec<_> = matrix.mutants[0]
        .flakes
        .iter()
        .map(|own| own.case.as_str())
        .collect();
    assert_eq!(said, ["IDM-01", "run"]);
    let flake = &matrix.controls[0].flakes[0];
    assert_eq!(flake.case, "IDM-01");
    assert_eq!(
        flake.said,
        [("inconclusive".to_owned(), 1), ("pass".to_owned(), 1)]
    );
    // What an INFO finding measures may differ each time.
    assert_eq!(matrix.totals.flaky_cells, 3);
}

#[test]
fn cases_without_a_kill_and_mutants_of_other_cases_are_findings_about_us() {
    let subjects = [
        mutant("forgets", &["IDM-01"], Expect::Failure),
        control("plain", &[]),
    ];
    let named = seen(0, Pass::Named, 0, &[("IDM-01", PASSED)]);
    let whole = seen(0, Pass::Whole, 1, &[("IDM-01", PASSED), ("IDM-05", FAILED)]);
    let plain = seen(1, Pass::Whole, 0, &[("IDM-01", PASSED)]);
    let matrix = built(&subjects, &[named, whole, plain], made(true, 1));
    assert!(matrix.mutants[0].is_killed_by_others_only());
    let idle: Vec<&str> = matrix.idle_cases().map(|case| case.id.as_str()).collect();
    assert_eq!(idle, ["ACK-01", "IDM-01", "AUT-01", "TLS-01"]);
    let text = matrix_text(&matrix);
    assert!(text.contains("forgets is found only by cases that do not name it: IDM-05"));
    assert!(text.contains("ACK-01 (MUST) finds no mutant"));
    assert!(!text.contains("TLS-01"), "it is proved elsewhere:\n{text}");
}

#[test]
fn a_report_becomes_a_sighting() {
    let report = samples::failures();
    let sighting = Sighting::of(0, Pass::Whole, 1, &report);
    for case in &report.cases {
        let cell = sighting.cells.get(&case.id);
        assert_eq!(
            cell.is_none(),
            case.outcome == Outcome::NotRun,
            "{}",
            case.id
        );
        let heaviest = case.findings.iter().map(|finding| finding.level).max();
        if let Some(cell) = cell.filter(|cell| cell.outcome != Outcome::Blocked) {
            assert_eq!(cell.finding, heaviest, "{}", case.id);
        }
    }
    assert!(sighting.cells.values().any(Cell::fails_at_must));
}

#[test]
fn every_mutant_meets_its_cases_at_each_repeat_and_the_whole_set_once() {
    let all = subjects(&["dedup-by-callid".to_owned(), "pl*n".to_owned()]);
    let names: Vec<&str> = all.iter().map(|subject| subject.name.as_str()).collect();
    assert_eq!(names, ["dedup-by-callid", "plain"]);
    let count = |full, pass| {
        let runs = planned(&all, Scope { full, repeat: 3 });
        runs.iter().filter(|run| run.pass == pass).count()
    };
    assert_eq!(
        [Pass::Named, Pass::Core, Pass::Whole].map(|pass| count(false, pass)),
        [3, 3, 0]
    );
    assert_eq!(
        [Pass::Named, Pass::Core, Pass::Whole].map(|pass| count(true, pass)),
        [3, 0, 4]
    );
    let runs = planned(
        &all,
        Scope {
            full: false,
            repeat: 1,
        },
    );
    assert_eq!(
        runs[0].args(&all[0]).join(" "),
        "zoo:dedup-by-callid --seed 7 --settle-max 4s --only IDM-09 --only IDM-10"
    );
    assert_eq!(
        runs[1].args(&all[1]).join(" "),
        "zoo:plain --seed 7 --set core"
    );
}

#[test]
fn the_page_shows_all_of_it() {
    let subjects = [
        mutant("forgets", &["IDM-01"], Expect::Failure),
        mutant("mumbles", &["ACK-01"], Expect::Finding),
        mutant("mute", &[], Expect::NoVerdict),
        control("plain", &[]),
        control("terse", &["ACK-01"]),
    ];
    let both = [("IDM-01", FAILED), ("IDM-05", FAILED), ("AUT-01", PASSED)];
    let sightings = [
        seen(0, Pass::Whole, 1, &both),
        seen(0, Pass::Named, 1, &both[..1]),
        seen(0, Pass::Named, 1, &both[..1]),
        seen(1, Pass::Whole, 0, &[("ACK-01", FOUND)]),
        seen(1, Pass::Named, 0, &[("ACK-01", FOUND)]),
        seen(1, Pass::Named, 0, &[("ACK-01", PASSED)]),
        seen(2, Pass::Named, 4, &[]),
        seen(2, Pass::Named, 4, &[]),
        seen(3, Pass::Whole, 0, &[("ACK-01", PASSED)]),
        seen(3, Pass::Whole, 0, &[("ACK-01", PASSED)]),
        seen(4, Pass::Whole, 0, &[("ACK-01", FOUND)]),
        seen(4, Pass::Whole, 1, &[("ACK-01", FOUND), ("AUT-01", FAILED)]),
    ];
    let mut matrix = built(&subjects, &sightings, made(true, 2));
    // Texts of the registry are none of the page's business.
    for case in &mut matrix.cases {
        case.title = format!("what {} claims", case.id);
    }
    matrix.cases[4].elsewhere = Some("proved in tests/it/there.rs: no mutant can".to_owned());
    insta::assert_snapshot!("kill_matrix_page", matrix_page(&matrix));
    insta::assert_snapshot!("kill_matrix_text", matrix_text(&matrix));
}
