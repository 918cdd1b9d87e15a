//! Where bytes go: stdout, stderr, files.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use crate::error::HarnessError;
use crate::render::Style;

/// Writes the result of the command. A reader that went away is no fault of ours.
pub(super) fn result(bytes: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// Writes a line of the result.
pub(super) fn line(text: &str) {
    result(format!("{text}\n").as_bytes());
}

/// Says something that is not the result.
pub(super) fn diagnostic(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes over the current line of the terminal.
pub(super) fn status(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush());
}

/// Colour for stdout: on a terminal, unless `NO_COLOR` or `CI` says otherwise.
pub(super) fn stdout_style() -> Style {
    if std::io::stdout().is_terminal() && wants_colour() {
        Style::coloured()
    } else {
        Style::plain()
    }
}

/// True when stderr is a terminal that someone watches.
pub(super) fn is_watched() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("CI").is_none()
}

/// True unless `NO_COLOR` is set to something, or this is CI.
pub(super) fn wants_colour() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && !is_set("CI")
}

/// Writes a file under a temporary name and renames it: it is there whole, or as it was before. A
/// device or a pipe is written to as it is, and a link leads to what it names.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), HarnessError> {
    let failed = |why: String| HarnessError::usage(format!("{}: {why}", path.display()));
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if real.exists() && !real.is_file() {
        return std::fs::write(&real, bytes).map_err(|error| failed(error.to_string()));
    }
    let folder = real
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut temporary =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(error.to_string()))?;
    temporary
        .write_all(bytes)
        .map_err(|error| failed(error.to_string()))?;
    set_usual_mode(temporary.as_file()).map_err(|error| failed(error.to_string()))?;
    temporary
        .persist(&real)
        .map_err(|error| failed(error.error.to_string()))?;
    Ok(())
}

/// Temporary files are private; a report is for others to read.
#[cfg(unix)]
fn set_usual_mode(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_usual_mode(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
