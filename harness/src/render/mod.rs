//! Renderings of a report: pure functions from the report to bytes.
//!
//! Nothing here prints, asks for the time or reads the environment; the caller decides where the
//! bytes go and whether they may hold colour.
//!
//! | module | holds |
//! |---|---|
//! | `text` | what a person reads after a run |
//! | `format` | the formats by name, and the one entrance to them |
//! | `json` | the report itself, as `schemas/report.schema.json` describes it |
//! | `junit` | what CI servers read |
//! | `matrix` | the kill matrix of `selftest` |
//! | `style` | colour, or none |
//! | `page` | lines of limited width; the only way for text onto a page |
//! | `visible` | characters that a terminal obeys or hides, made visible |
//! | `tally` | what several formats count alike |

mod format;
mod json;
mod junit;
mod matrix;
mod page;
mod style;
mod tally;
mod text;
mod visible;

pub use format::{Format, RenderError, UnknownFormat, render};
pub use matrix::{matrix_page, matrix_text, sighting_line};
pub use style::{Ink, Style};
pub use visible::{visible, visible_lines};
