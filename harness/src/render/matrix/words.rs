//! What page and text say alike.

use crate::selftest::{Circumstances, Flake, Matrix, Problem};

/// Ids by family, each family once: `IDM-01 02 05, AUT-03`.
pub(super) fn compact(ids: &[String]) -> String {
    let mut text = String::new();
    let mut family = "";
    for id in ids {
        let (own, number) = id.split_once('-').unwrap_or((id, ""));
        if own == family && !number.is_empty() {
            text.push(' ');
            text.push_str(number);
        } else {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(id);
            family = own;
        }
    }
    text
}

/// What was run, in sentences.
pub(super) fn what_was_run(made: &Circumstances) -> String {
    let times = |count: u32| match count {
        1 => "once".to_owned(),
        count => format!("{count} times, with other stimuli each time"),
    };
    let repeat = times(made.repeat);
    let mut text = if made.full {
        format!(
            "Each mutant met the whole default set once, which fills the tables, and the cases that \
             name it {repeat}. Each control and the reference receiver met the default set {repeat}."
        )
    } else {
        format!(
            "Each mutant met the cases that name it {repeat}. Each control and the reference receiver \
             met the core set {repeat}. What else finds a mutant was not looked for; --full does."
        )
    };
    if made.selected {
        text.push_str(" Only a selection of them was run.");
    }
    if let Some(why) = &made.interrupted {
        text.push_str(&format!(" It was {why} before the end."));
    }
    text
}

/// What it was run on, in a sentence.
pub(super) fn machine(made: &Circumstances) -> String {
    let load = made.load.map_or_else(String::new, |(before, after)| {
        format!(", load average {before:.1} before and {after:.1} after")
    });
    format!(
        "{} processors{load}; {} mutants at a time, {} min {} s in all.",
        made.cores,
        made.jobs,
        made.took_s / 60,
        made.took_s % 60
    )
}

/// The numbers, with what they count.
pub(super) fn numbers(matrix: &Matrix) -> Vec<(String, String)> {
    let totals = &matrix.totals;
    let mut rows = vec![
        ("mutants".to_owned(), totals.mutants.to_string()),
        (
            "killed by every case that names them, every time".to_owned(),
            totals.killed.to_string(),
        ),
        ("survivors".to_owned(), totals.survived.to_string()),
    ];
    if totals.awaited > 0 {
        rows.push((
            "named by no case that exists".to_owned(),
            totals.awaited.to_string(),
        ));
    }
    if totals.not_run > 0 {
        rows.push(("not tried".to_owned(), totals.not_run.to_string()));
    }
    rows.push((
        "controls and the reference receiver".to_owned(),
        totals.controls.to_string(),
    ));
    rows.push((
        "false findings on them".to_owned(),
        totals.false_findings.to_string(),
    ));
    if matrix.circumstances.repeat > 1 {
        rows.push((
            "judged differently from one repeat to another".to_owned(),
            format!(
                "{} of {} pairs of receiver and case ({})",
                totals.flaky_cells,
                totals.repeated_cells,
                percent(totals.flaky_cells, totals.repeated_cells)
            ),
        ));
    }
    rows.push(("runs".to_owned(), totals.runs.to_string()));
    rows
}

fn percent(part: usize, whole: usize) -> String {
    // Counts of a self-test are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let share = part as f64 / whole.max(1) as f64 * 100.0;
    format!("{share:.2} %")
}

/// Everything that is wrong with the harness or the zoo, a line each.
pub(super) fn findings_about_us(matrix: &Matrix) -> Vec<String> {
    let mut lines = Vec::new();
    for mutant in &matrix.mutants {
        let name = &mutant.name;
        if !mutant.missing.is_empty() {
            lines.push(format!(
                "{name} names cases that do not exist: {}",
                mutant.missing.join(" ")
            ));
        }
        lines.extend(
            mutant
                .problems
                .iter()
                .map(|problem| described("survivor", name, problem)),
        );
        if mutant.is_killed_by_others_only() {
            lines.push(format!(
                "{name} is found only by cases that do not name it: {}",
                compact(&mutant.killers)
            ));
        }
        lines.extend(mutant.flakes.iter().map(|flake| flaky(name, flake)));
    }
    for control in &matrix.controls {
        let name = &control.name;
        lines.extend(
            control
                .problems
                .iter()
                .map(|problem| described("false finding on", name, problem)),
        );
        lines.extend(control.flakes.iter().map(|flake| flaky(name, flake)));
    }
    let idle = matrix
        .idle_cases()
        .filter(|case| case.elsewhere.is_none())
        .map(|case| {
            format!(
                "{} ({}) finds no mutant: {}",
                case.id, case.level, case.title
            )
        });
    lines.extend(idle);
    lines
}

fn described(what: &str, name: &str, problem: &Problem) -> String {
    let times = match problem.runs {
        1 => String::new(),
        runs => format!(" ({runs} runs)"),
    };
    format!("{what} {name}: {} {}{times}", problem.case, problem.text)
}

fn flaky(name: &str, flake: &Flake) -> String {
    let said: Vec<String> = flake
        .said
        .iter()
        .map(|(word, times)| format!("{word} {times}×"))
        .collect();
    format!("flaky on {name}: {} {}", flake.case, said.join(", "))
}
