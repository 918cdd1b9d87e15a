//! The harness judged: every mutant is killed by the cases that name it, and nobody innocent is
//! blamed. `hamsa-harness selftest` runs the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hamsa_harness::case::registry;
use hamsa_harness::render::matrix_text;
use hamsa_harness::selftest::{
    Circumstances, ELSEWHERE, Harness, Matrix, Scope, drive, matrix, planned, subjects,
};
use hamsa_harness::terms::Level;
use hamsa_zoo::mutants;
use tokio::sync::watch;

/// Runs at the same time. They mostly wait, for effects that may still come.
const AT_ONCE: usize = 24;

async fn tried(only: &[&str]) -> Matrix {
    let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
    let scope = Scope {
        full: false,
        repeat: 1,
    };
    let harness = Harness {
        executable: PathBuf::from(env!("CARGO_BIN_EXE_hamsa-harness")),
        limit: Duration::from_secs(120),
    };
    let subjects = subjects(&only);
    let runs = planned(&subjects, scope);
    let (_stop, stopped) = watch::channel(false);
    let sightings = drive(&harness, &subjects, &runs, AT_ONCE, &stopped, |_| {}).await;
    let circumstances = Circumstances {
        date: String::new(),
        full: scope.full,
        repeat: scope.repeat,
        selected: !only.is_empty(),
        interrupted: None,
        jobs: AT_ONCE,
        took_s: 0,
        cores: 0,
        load: None,
    };
    matrix(&subjects, &sightings, &registry::all(), circumstances)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mutant_is_killed_and_nobody_innocent_is_blamed() {
    let matrix = tried(&[]).await;
    assert!(matrix.is_proof(), "{}", matrix_text(&matrix));
}

#[test]
fn every_must_case_is_named_by_a_mutant() {
    let unnamed: Vec<&str> = registry::all()
        .into_iter()
        .filter(|case| case.level == Level::Must)
        .map(|case| case.id)
        .filter(|id| !ELSEWHERE.iter().any(|own| own.case == *id))
        .filter(|id| !mutants::all().any(|mutant| mutant.killed_by.contains(id)))
        .collect();
    assert!(
        unnamed.is_empty(),
        "no mutant names {unnamed:?}: add one, or say in selftest/elsewhere.rs where each is proved"
    );
}

#[test]
fn what_is_proved_elsewhere_is_proved_there() {
    for own in ELSEWHERE {
        assert!(registry::by_id(own.case).is_some(), "{}", own.case);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(own.by);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(own.case), "{} names no {}", own.by, own.case);
    }
}
