//! Reads single values: headers, evidence, reports, times, words.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::file::ReportTable;
use super::resolve::ReportTo;
use crate::error::HarnessError;
use crate::terms::{EvidenceKind, EvidenceSet, RequirementId};

/// A probe as printed: what stands before an `@` in a URL may be a password.
pub(super) fn without_userinfo(spec: &str) -> String {
    let Some((head, rest)) = spec.split_once("://") else {
        return spec.to_owned();
    };
    let end = rest
        .find(['/', '?', '#', ' ', '\'', '"'])
        .unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{head}://…{}", &rest[at..]),
        None => spec.to_owned(),
    }
}

pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(super) fn header(text: &str) -> Result<(String, String), HarnessError> {
    let bad = |why: &str| HarnessError::usage(format!("-H: {why}"));
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| bad("it is not NAME: VALUE"))?;
    let (name, value) = (name.trim(), value.trim());
    let is_token = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_token || value.bytes().any(|byte| byte < 0x20 && byte != b'\t') {
        return Err(bad("no header can have that name or value"));
    }
    let is_ours = [
        "authorization",
        "content-length",
        "transfer-encoding",
        "host",
        "content-type",
    ];
    if is_ours.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(bad(&format!("`{name}` is set by the harness itself")));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// `R2=E1` or `R2=E1+E2`.
pub(super) fn evidence(text: &str) -> Result<(RequirementId, EvidenceSet), HarnessError> {
    let bad = |why: String| HarnessError::usage(format!("--accept-evidence {text}: {why}"));
    let (id, kinds) = text
        .split_once('=')
        .ok_or_else(|| bad("it is not REQ=KINDS".to_owned()))?;
    let id: RequirementId = id.parse().map_err(bad)?;
    let kinds: Vec<EvidenceKind> = kinds
        .split(['+', ','])
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(bad)?;
    Ok((id, EvidenceSet::of(&kinds)))
}

pub(super) fn reports(
    given: &[String],
    file: Vec<ReportTable>,
) -> Result<Vec<ReportTo>, HarnessError> {
    let pairs: Vec<(String, String)> = if given.is_empty() {
        file.into_iter()
            .map(|report| (report.format, report.path))
            .collect()
    } else {
        given
            .iter()
            .map(|text| {
                text.split_once('=')
                    .map(|(format, path)| (format.to_owned(), path.to_owned()))
                    .ok_or_else(|| {
                        HarnessError::usage(format!("--report {text}: it is not FORMAT=PATH"))
                    })
            })
            .collect::<Result<_, _>>()?
    };
    let reports: Vec<ReportTo> = pairs
        .into_iter()
        .map(|(format, path)| {
            let format = format
                .parse()
                .map_err(|error| HarnessError::usage(format!("--report: {error}")))?;
            let path = (path != "-").then(|| PathBuf::from(path));
            Ok(ReportTo { format, path })
        })
        .collect::<Result<_, HarnessError>>()?;
    if reports
        .iter()
        .filter(|report| report.path.is_none())
        .count()
        > 1
    {
        return Err(HarnessError::usage(
            "--report: only one report can go to stdout",
        ));
    }
    Ok(reports)
}

pub(super) fn time(
    given: Option<Duration>,
    key: &str,
    file: Option<String>,
) -> Result<Option<Duration>, HarnessError> {
    match (given, file) {
        (Some(time), _) => Ok(Some(time)),
        (None, Some(text)) => crate::cli::args::duration(&text)
            .map(Some)
            .map_err(|error| HarnessError::usage(format!("{key} = \"{text}\": {error}"))),
        (None, None) => Ok(None),
    }
}

pub(super) fn rate(given: Option<f64>, file: Option<String>) -> Result<Option<f64>, HarnessError> {
    let read = |text: String| {
        crate::cli::args::rate(&text)
            .map_err(|error| HarnessError::usage(format!("[cases] max_rate = \"{text}\": {error}")))
    };
    given.map_or_else(|| file.map(read).transpose(), |rate| Ok(Some(rate)))
}

pub(super) fn word<T: ValueEnum>(
    key: &str,
    text: Option<String>,
) -> Result<Option<T>, HarnessError> {
    text.map(|text| {
        T::from_str(&text, true)
            .map_err(|_| HarnessError::usage(format!("{key} = \"{text}\" is not a known word")))
    })
    .transpose()
}
