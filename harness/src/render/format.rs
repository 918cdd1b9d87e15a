//! The formats by name, and the one entrance to all of them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Style, json, junit, text};
use crate::report::Report;

/// A form in which a report can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// The report itself.
    Json,
    /// For CI servers.
    Junit,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Junit];

    /// Its name on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }

    /// All names, for help texts and errors.
    pub fn known() -> String {
        Self::ALL.map(Self::word).join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A name that no format has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a report format (known: {known})", known = Format::known())]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.word() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// Why a report could not be rendered.
#[derive(Debug, Error)]
pub enum RenderError {
    /// As JSON.
    #[error("write the report as JSON")]
    Json(#[source] serde_json::Error),
    /// As JUnit XML.
    #[error("write the report as JUnit XML")]
    Junit(#[source] quick_junit::SerializeError),
}

/// The report in this format. Only the text format has a use for the style.
///
/// # Errors
/// When a serializer refuses the report, which one made by this crate does not cause.
pub fn render(format: Format, report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    match format {
        Format::Text => Ok(text::render(report, style).into_bytes()),
        Format::Json => json::render(report)
            .map(String::into_bytes)
            .map_err(RenderError::Json),
        Format::Junit => junit::render(report)
            .map(String::into_bytes)
            .map_err(RenderError::Junit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_the_error_names_them_all() {
        for format in Format::ALL {
            assert_eq!(format.word().parse(), Ok(format));
        }
        assert_eq!(
            "xml".parse::<Format>().unwrap_err().to_string(),
            "`xml` is not a report format (known: text, json, junit)"
        );
    }
}
