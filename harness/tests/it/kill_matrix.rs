//! The harness judged: every mutant is killed by the cases that name it, and nobody innocent is
//! blamed.

use std::sync::Arc;

use futures_util::future::join_all;
use hamsa_harness::case::registry;
use hamsa_harness::report::{CaseResult, Finding};
use hamsa_harness::terms::{Level, Outcome};
use hamsa_zoo::{Expect, Mutant, controls, mutants};
use tokio::sync::Semaphore;

use crate::support::run;

/// Runs at the same time. More would measure the machine.
const AT_ONCE: usize = 8;

/// Mutants that only cases to come can find.
fn is_awaited(mutant: &Mutant) -> bool {
    mutant.expect != Expect::NoVerdict
        && mutant
            .killed_by
            .iter()
            .all(|id| registry::by_id(id).is_none())
}

/// What is wrong with the harness's judgement of a mutant, if something is.
async fn survives(mutant: &Mutant) -> Option<String> {
    let target = format!("zoo:{}", mutant.name);
    let known: Vec<&str> = mutant
        .killed_by
        .iter()
        .copied()
        .filter(|id| registry::by_id(id).is_some())
        .collect();
    let mut args = vec![target.as_str(), "--seed", "7", "--settle-max", "4s"];
    for id in &known {
        args.extend(["--only", id]);
    }
    let ended = run(&args, None).await;
    let expected = match mutant.expect {
        Expect::Failure | Expect::RootCause => 1,
        Expect::Finding => {
            let Some(report) = ended.report else {
                return Some(no_report(mutant.name));
            };
            return silent(mutant, &known, &report.cases);
        }
        Expect::NoVerdict => 4,
    };
    if ended.code != expected {
        let (name, code) = (mutant.name, ended.code);
        let said = ended.report.map_or(ended.stderr, |report| report.headline);
        return Some(format!(
            "{name}: exit {code} in place of {expected}: {said}"
        ));
    }
    if mutant.expect == Expect::NoVerdict {
        return None;
    }
    let Some(report) = ended.report else {
        return Some(no_report(mutant.name));
    };
    let survived = known.iter().find(|id| {
        report
            .case(id)
            .is_none_or(|case| case.outcome != Outcome::Fail || !case.findings.iter().any(is_must))
    })?;
    Some(format!("{}: {survived} did not fail", mutant.name))
}

fn no_report(name: &str) -> String {
    format!("{name}: no report")
}

fn is_must(finding: &Finding) -> bool {
    finding.level == Level::Must
}

/// A defect below MUST has to be named all the same.
fn silent(mutant: &Mutant, known: &[&str], cases: &[CaseResult]) -> Option<String> {
    let is_named = |id: &&&str| {
        cases
            .iter()
            .any(|case| case.id == ***id && !case.findings.is_empty())
    };
    let missed = known.iter().find(|id| !is_named(id))?;
    Some(format!("{}: {missed} has no finding", mutant.name))
}

async fn each<T>(items: Vec<T>) -> Vec<String>
where
    T: Future<Output = Option<String>>,
{
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    join_all(items.into_iter().map(|item| {
        let slots = Arc::clone(&slots);
        async move {
            let _slot = slots.acquire_owned().await.expect("never closed");
            item.await
        }
    }))
    .await
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mutant_is_killed_by_the_cases_that_name_it() {
    let judged = mutants::all()
        .filter(|mutant| !is_awaited(mutant))
        .map(survives)
        .collect();
    let survivors = each(judged).await;
    assert!(
        survivors.is_empty(),
        "{} survive:\n{}",
        survivors.len(),
        survivors.join("\n")
    );
}

#[test]
fn every_must_case_is_named_by_a_mutant() {
    // The URL itself is no behaviour of a receiver; these are proved against real TLS servers.
    let elsewhere = [
        "TLS-01", "TLS-02", "TLS-03", "TLS-05", "TLS-06", "TLS-10", "TLS-11", "TLS-14",
    ];
    let unnamed: Vec<&str> = registry::all()
        .into_iter()
        .filter(|case| case.level == Level::Must && !elsewhere.contains(&case.id))
        .map(|case| case.id)
        .filter(|id| !mutants::all().any(|mutant| mutant.killed_by.contains(id)))
        .collect();
    assert!(unnamed.is_empty(), "no mutant names {unnamed:?}");
}

/// Everything a control may be found with: nothing at MUST, and at SHOULD only what it declares.
async fn blamed(target: String, declared: &'static [&'static str]) -> Option<String> {
    let ended = run(&[target.as_str(), "--seed", "7"], None).await;
    let Some(report) = ended.report else {
        return Some(no_report(&target));
    };
    let undeclared: Vec<String> = report
        .cases
        .iter()
        .filter(|case| {
            case.findings.iter().any(|finding| {
                finding.level == Level::Must
                    || (finding.level == Level::Should && !declared.contains(&case.id.as_str()))
            })
        })
        .map(|case| format!("{}: {}", case.id, case.findings[0].actual))
        .collect();
    if ended.code != 0 || !undeclared.is_empty() {
        return Some(format!(
            "{target}: exit {}, {}; findings {undeclared:?}",
            ended.code, report.headline
        ));
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_receiver_and_the_controls_are_not_blamed() {
    let mut innocent: Vec<(String, &'static [&'static str])> = controls::all()
        .map(|control| (format!("zoo:{}", control.name), control.declared))
        .collect();
    innocent.push(("reference".to_owned(), &[]));
    let mut found = Vec::new();
    // One after the other: they are judged on time as well.
    for (target, declared) in innocent {
        found.extend(blamed(target, declared).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
