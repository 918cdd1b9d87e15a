//! `selftest`: the harness tried on receivers whose faults are known.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use super::args::SelftestArgs;
use super::output::{self, diagnostic, is_watched, status};
use super::run::check_folder;
use super::session::interruption;
use crate::case::registry;
use crate::error::HarnessError;
use crate::render::{matrix_page, matrix_text, sighting_line};
use crate::report::ExitCode;
use crate::selftest::{
    Circumstances, Harness, Matrix, PlannedRun, Progress, Scope, Sighting, Subject, drive, matrix,
    planned, subjects,
};

/// No run may take longer than this: several times what the longest case takes.
const LIMIT: Duration = Duration::from_secs(600);

/// Mutants at a time for each processor: most of a run is waiting.
const JOBS_PER_CORE: usize = 4;

/// More would measure the machine.
const MOST_JOBS: usize = 16;

/// Without a terminal, how many runs there are to a line of progress.
const RUNS_PER_LINE: usize = 10;

/// Tries the harness, and says what it is worth.
pub(super) async fn selftest(args: &SelftestArgs) -> Result<ExitCode, HarnessError> {
    let subjects = subjects(&args.only);
    if subjects.is_empty() {
        return Err(HarnessError::usage(format!(
            "--only {} matches no mutant and no control; `hamsa-harness zoo list` shows them",
            args.only.join(" ")
        )));
    }
    for path in [&args.markdown, &args.json].into_iter().flatten() {
        check_folder(path)?;
    }
    let scope = Scope {
        full: args.full,
        repeat: args.repeat,
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args
        .jobs
        .map_or((cores * JOBS_PER_CORE).min(MOST_JOBS), usize::from);
    let (began, before) = (Instant::now(), load_average());
    let (sightings, interrupted) = tried(&subjects, &planned(&subjects, scope), jobs).await?;
    let circumstances = Circumstances {
        date: today(),
        full: scope.full,
        repeat: scope.repeat,
        selected: !args.only.is_empty(),
        interrupted: interrupted.as_ref().map(|(why, _)| why.clone()),
        jobs,
        took_s: began.elapsed().as_secs(),
        cores,
        load: before.zip(load_average()),
    };
    let matrix = matrix(&subjects, &sightings, &registry::all(), circumstances);
    write(args, &matrix)?;
    Ok(match interrupted {
        Some((_, code)) => code,
        None if matrix.is_proof() => ExitCode::Conformant,
        None => ExitCode::NonConformant,
    })
}

/// Makes the runs; an interruption ends them, and leaves what has been seen.
async fn tried(
    subjects: &[Subject],
    runs: &[PlannedRun],
    jobs: usize,
) -> Result<(Vec<Sighting>, Option<(String, ExitCode)>), HarnessError> {
    let harness = Harness {
        executable: std::env::current_exe()
            .map_err(|error| HarnessError::Internal(error.to_string()))?,
        limit: LIMIT,
    };
    let (stop, stopped) = watch::channel(false);
    let mut driving = Box::pin(drive(&harness, subjects, runs, jobs, &stopped, show));
    let ended = tokio::select! {
        sightings = &mut driving => (sightings, None),
        cause = interruption() => {
            let _ = stop.send(true);
            (driving.await, Some(cause))
        }
    };
    if is_watched() {
        status("");
    }
    Ok(ended)
}

fn show(progress: Progress<'_>) {
    let line = sighting_line(progress);
    if is_watched() {
        status(&line);
    } else if progress.done.is_multiple_of(RUNS_PER_LINE) || progress.done == progress.total {
        diagnostic(&line);
    }
}

fn write(args: &SelftestArgs, matrix: &Matrix) -> Result<(), HarnessError> {
    let json = serde_json::to_vec_pretty(matrix)
        .map_err(|error| HarnessError::Internal(error.to_string()))?;
    let files: [(&Option<_>, Vec<u8>); 2] = [
        (&args.markdown, matrix_page(matrix).into_bytes()),
        (&args.json, json),
    ];
    // The result is there whatever becomes of the files.
    output::result(matrix_text(matrix).as_bytes());
    for (path, bytes) in files {
        if let Some(path) = path {
            output::file(path, &bytes)?;
        }
    }
    Ok(())
}

/// The day, as `2026-01-31`.
fn today() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}

/// The load average over a minute, where the system tells.
fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string(Path::new("/proc/loadavg")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}
