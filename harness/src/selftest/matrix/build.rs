//! From sightings to the matrix.

use std::collections::BTreeMap;

use hamsa_zoo::Expect;

use super::flakes::{self, Flakes};
use super::{CaseRow, Circumstances, ControlRow, Matrix, MutantRow, Problem, Totals, Verdict};
use crate::case::Case;
use crate::selftest::elsewhere::elsewhere;
use crate::selftest::judge::{Baseline, blamed, is_killed_by, wrong_end};
use crate::selftest::schedule::Pass;
use crate::selftest::sighting::Sighting;
use crate::selftest::subject::{Role, Subject};

/// The control that differs in nothing: what is found on it as well has found no bug.
const PLAIN: &str = "plain";

/// Puts all sightings together.
pub fn matrix(
    subjects: &[Subject],
    sightings: &[Sighting],
    cases: &[&Case],
    circumstances: Circumstances,
) -> Matrix {
    let of = |index: usize| -> Vec<&Sighting> {
        sightings
            .iter()
            .filter(|sighting| sighting.subject == index)
            .collect()
    };
    let baseline = baseline(subjects, sightings);
    let mut totals = Totals {
        runs: sightings.len(),
        ..Totals::default()
    };
    let (mut mutants, mut controls) = (Vec::new(), Vec::new());
    for (index, subject) in subjects.iter().enumerate() {
        let seen = of(index);
        let flakes = match &subject.role {
            Role::Mutant { killed_by, expect } => {
                let judge = Judge {
                    named: killed_by,
                    expect: *expect,
                    baseline: &baseline,
                };
                let flakes = judge.flakes(&seen);
                let row = judge.row(subject, &seen, cases, flakes.found.clone());
                totals.add(row.verdict);
                mutants.push(row);
                flakes
            }
            Role::Control {
                declared,
                unverified,
            } => {
                let flakes = flakes::of_control(&seen);
                let row = control(subject, (declared, unverified), &seen, flakes.found.clone());
                totals.controls += 1;
                totals.not_run += usize::from(row.runs == 0);
                totals.false_findings += row.problems.len();
                controls.push(row);
                flakes
            }
        };
        totals.repeated_cells += flakes.repeated;
        totals.flaky_cells += flakes.found.len();
    }
    Matrix {
        cases: cases.iter().map(|case| case_row(case, &mutants)).collect(),
        circumstances,
        totals,
        mutants,
        controls,
    }
}

impl Totals {
    fn add(&mut self, verdict: Verdict) {
        self.mutants += 1;
        match verdict {
            Verdict::Killed => self.killed += 1,
            Verdict::Survived => self.survived += 1,
            Verdict::Awaited => self.awaited += 1,
            Verdict::NotRun => self.not_run += 1,
        }
    }
}

fn baseline(subjects: &[Subject], sightings: &[Sighting]) -> Baseline {
    let mut baseline = Baseline::default();
    let is_plain = |sighting: &&Sighting| {
        let subject = &subjects[sighting.subject];
        !subject.is_mutant() && subject.name == PLAIN
    };
    for sighting in sightings.iter().filter(is_plain) {
        for (case, cell) in &sighting.cells {
            if let Some(level) = cell.finding {
                let own = baseline.0.entry(case.clone()).or_insert(level);
                *own = level.max(*own);
            }
        }
    }
    baseline
}

/// What a mutant is judged by.
struct Judge<'a> {
    named: &'a [String],
    expect: Expect,
    baseline: &'a Baseline,
}

impl Judge<'_> {
    fn row(
        &self,
        subject: &Subject,
        seen: &[&Sighting],
        cases: &[&Case],
        flakes: Vec<super::Flake>,
    ) -> MutantRow {
        let missing: Vec<String> = self
            .named
            .iter()
            .filter(|id| !cases.iter().any(|case| case.id == **id))
            .cloned()
            .collect();
        let problems = self.problems(seen, &missing);
        let verdict = if !self.named.is_empty() && missing.len() == self.named.len() {
            Verdict::Awaited
        } else if !problems.is_empty() {
            Verdict::Survived
        } else if seen.is_empty() {
            Verdict::NotRun
        } else {
            Verdict::Killed
        };
        let killers = cases
            .iter()
            .filter(|case| seen.iter().any(|sighting| self.kills(case.id, sighting)))
            .map(|case| case.id.to_owned())
            .collect();
        MutantRow {
            name: subject.name.clone(),
            bug: subject.about.clone(),
            expect: match self.expect {
                Expect::Failure => "failure",
                Expect::Finding => "finding",
                Expect::RootCause => "root-cause",
                Expect::NoVerdict => "no-verdict",
            },
            verdict,
            named: self.named.to_vec(),
            missing,
            killers,
            runs: seen.len(),
            problems,
            flakes,
        }
    }

    /// True when the case found the bug in this run. One that names the mutant has to find it in
    /// the expected way; any other has to say more than it says of a correct receiver.
    fn kills(&self, case: &str, sighting: &Sighting) -> bool {
        let Some(cell) = sighting.cells.get(case) else {
            return false;
        };
        if self.named.iter().any(|id| id == case) {
            is_killed_by(case, cell, self.expect, self.baseline)
        } else {
            self.baseline.is_exceeded(case, cell)
        }
    }

    fn problems(&self, seen: &[&Sighting], missing: &[String]) -> Vec<Problem> {
        let mut problems = Problems::default();
        for sighting in seen {
            if let Some(why) = wrong_end(&sighting.ended, self.expect) {
                problems.add("run", why);
                continue;
            }
            for id in self.named.iter().filter(|id| !missing.contains(id)) {
                let cell = sighting.cells.get(id);
                // The whole set leaves out what has to be opted into.
                let is_due = sighting.pass == Pass::Named || cell.is_some();
                if is_due && !self.kills(id, sighting) {
                    let said = cell.map_or("nothing", |cell| cell.outcome.word());
                    problems.add(id, format!("said {said} {}", beside(sighting.pass)));
                }
            }
        }
        problems.list()
    }

    /// Over the repeats with the named cases: was the bug found, and did the run end as expected.
    fn flakes(&self, seen: &[&Sighting]) -> Flakes {
        let mut said = flakes::Said::default();
        for sighting in seen.iter().filter(|own| own.pass == Pass::Named) {
            let ended = match wrong_end(&sighting.ended, self.expect) {
                None => "as expected",
                Some(_) => "otherwise",
            };
            said.add("run", ended.to_owned());
            for id in self
                .named
                .iter()
                .filter(|id| sighting.cells.contains_key(*id))
            {
                let found = self.kills(id, sighting);
                said.add(id, if found { "killed" } else { "missed" }.to_owned());
            }
        }
        said.flakes()
    }
}

fn beside(pass: Pass) -> &'static str {
    match pass {
        Pass::Named => "beside the cases that name it",
        Pass::Core | Pass::Whole => "within the whole set",
    }
}

fn control(
    subject: &Subject,
    (declared, unverified): (&[String], &[String]),
    seen: &[&Sighting],
    flakes: Vec<super::Flake>,
) -> ControlRow {
    let mut problems = Problems::default();
    for sighting in seen {
        for (case, why) in blamed(sighting, declared, unverified) {
            problems.add(&case, why);
        }
    }
    ControlRow {
        name: subject.name.clone(),
        differs: subject.about.clone(),
        declared: [declared, unverified].concat(),
        runs: seen.len(),
        problems: problems.list(),
        flakes,
    }
}

/// Problems by case: the first text, and how many runs had one.
#[derive(Default)]
struct Problems(BTreeMap<String, (String, usize)>);

impl Problems {
    fn add(&mut self, case: &str, text: String) {
        let entry = self.0.entry(case.to_owned()).or_insert((text, 0));
        entry.1 += 1;
    }

    fn list(self) -> Vec<Problem> {
        self.0
            .into_iter()
            .map(|(case, (text, runs))| Problem { case, text, runs })
            .collect()
    }
}

fn case_row(case: &Case, mutants: &[MutantRow]) -> CaseRow {
    let of = |list: fn(&MutantRow) -> &[String]| -> Vec<String> {
        mutants
            .iter()
            .filter(|mutant| list(mutant).iter().any(|id| id == case.id))
            .map(|mutant| mutant.name.clone())
            .collect()
    };
    CaseRow {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        level: case.level,
        named_by: of(|mutant| &mutant.named),
        kills: of(|mutant| &mutant.killers),
        elsewhere: elsewhere(case.id).map(|own| format!("proved in {}: {}", own.by, own.why)),
    }
}
