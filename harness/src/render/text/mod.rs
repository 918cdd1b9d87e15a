//! The report for people: what someone whose build just failed has to know, in reading order.
//!
//! Verdicts first, then what to fix, then what was not judged, then how much was seen, and last
//! what to do next. Passing cases are only counted.

mod cases;
mod closing;
mod exchange;
mod findings;
mod head;

use super::Style;
use super::page::Page;
use crate::report::Report;

pub(super) use findings::block;

/// The whole text.
pub(super) fn render(report: &Report, style: &Style) -> String {
    let mut page = Page::new(*style);
    head::write(&mut page, report);
    findings::write(&mut page, report);
    cases::write(&mut page, report);
    closing::write(&mut page, report);
    page.finish()
}
