//! The report as JSON: pretty, with a newline at the end.

use std::fmt::Write as _;

use super::visible::is_hidden;
use crate::report::Report;

/// The report as a JSON text. Characters that a terminal obeys or hides are written as `\u`
/// escapes: the same document, and safe to look at with `cat`.
pub(super) fn render(report: &Report) -> Result<String, serde_json::Error> {
    let pretty = serde_json::to_string_pretty(report)?;
    let mut out = String::with_capacity(pretty.len() + 1);
    for c in pretty.chars() {
        // Outside of strings JSON has no hidden character but the newline.
        if c == '\n' || !is_hidden(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('\n');
    Ok(out)
}
