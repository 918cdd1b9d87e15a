//! `run`: the conformance run.

use std::path::Path;

use super::args::RunArgs;
use super::output::{self, stdout_style};
use super::session::Session;
use super::settings::{ReportTo, resolve};
use crate::error::HarnessError;
use crate::render::{Format, Style, render};
use crate::report::{ExitCode, Report};

/// Runs the cases and writes the reports.
pub(super) async fn run(mut args: RunArgs) -> Result<ExitCode, HarnessError> {
    args.rescue_target();
    let mut resolved = resolve(args)?;
    let reports = std::mem::take(&mut resolved.reports);
    check_folders(&reports)?;
    let report = Session::prepare(resolved).await?.report().await?;
    if report.exit_code == ExitCode::NoVerdict as u8 {
        let remedy = report.next.first().map(String::as_str).unwrap_or_default();
        output::diagnostic(&format!(
            "error: {}\n  what to do: {remedy}",
            report.headline
        ));
    }
    write(&report, &reports)?;
    ExitCode::of(report.exit_code)
        .ok_or_else(|| HarnessError::Internal(format!("exit code {}", report.exit_code)))
}

/// A run of a minute should not end in "no such folder".
fn check_folders(reports: &[ReportTo]) -> Result<(), HarnessError> {
    reports
        .iter()
        .filter_map(|report| report.path.as_ref())
        .try_for_each(|path| check_folder(path))
}

/// Refuses a file that cannot be written, before the work that it is to hold.
pub(super) fn check_folder(path: &Path) -> Result<(), HarnessError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if path.is_dir() || folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(HarnessError::usage(format!(
            "{} cannot be written: no such folder, or it is one",
            path.display()
        )));
    }
    Ok(())
}

/// Writes every report that can be written; the first failure is told once all had their turn.
fn write(report: &Report, reports: &[ReportTo]) -> Result<(), HarnessError> {
    let mut failure = None;
    for to in reports {
        failure = failure.or(write_one(report, to).err());
    }
    // The text is the result, unless the user asked for another on stdout.
    if reports.iter().all(|to| to.path.is_some()) {
        failure = failure.or(write_one(
            report,
            &ReportTo {
                format: Format::Text,
                path: None,
            },
        )
        .err());
    }
    failure.map_or(Ok(()), Err)
}

fn write_one(report: &Report, to: &ReportTo) -> Result<(), HarnessError> {
    let style = if to.path.is_some() {
        Style::plain()
    } else {
        stdout_style()
    };
    let bytes = render(to.format, report, &style)
        .map_err(|error| HarnessError::Internal(error.to_string()))?;
    match &to.path {
        Some(path) => output::file(path, &bytes),
        None => {
            output::result(&bytes);
            Ok(())
        }
    }
}
