//! A page of text: lines of limited width, safe on any terminal.
//!
//! Every text gets onto a page through [`Page::hanging`] or [`Page::verbatim`], which make it
//! visible first and paint it last, so no caller can forget either.

use super::visible::{visible, wrap};
use super::{Ink, Style};

/// The widest line; commands are longer where they have to be.
pub(super) const WIDTH: usize = 100;

/// Where the text of a field begins.
const FIELD_COLUMN: usize = 13;

/// How many lines one text may take; the JSON report holds all of it.
const MOST_LINES: usize = 12;

/// A page that is being written.
pub(super) struct Page {
    out: String,
    style: Style,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self {
            out: String::new(),
            style,
        }
    }

    /// The text of the page.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An empty line, unless there is one or nothing precedes.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading with an empty line above it.
    pub(super) fn heading(&mut self, ink: Ink, text: &str) {
        self.gap();
        self.hanging(&[], ink, text, MOST_LINES);
    }

    /// A paragraph.
    pub(super) fn prose(&mut self, indent: usize, ink: Ink, text: &str) {
        self.hanging(&[(Ink::Plain, " ".repeat(indent))], ink, text, MOST_LINES);
    }

    /// A labelled text of a finding.
    pub(super) fn field(&mut self, label: &str, ink: Ink, text: &str) {
        let lead = format!("    {label:<width$}", width = FIELD_COLUMN - 4);
        self.hanging(&[(Ink::Dim, lead)], ink, text, MOST_LINES);
    }

    /// A continuation of a field, with a mark in front, on a limited number of lines.
    pub(super) fn quoted(&mut self, mark: &str, ink: Ink, text: &str, most_lines: usize) {
        let lead = format!("{:FIELD_COLUMN$}{mark}", "");
        self.hanging(&[(Ink::Dim, lead)], ink, text, most_lines);
    }

    /// A row of cells; the last takes what is left of the width.
    pub(super) fn row(&mut self, lead: &[(Ink, String)], ink: Ink, text: &str) {
        self.hanging(lead, ink, text, MOST_LINES);
    }

    /// A text that has to stay in one piece to be copied, such as a command.
    pub(super) fn verbatim(&mut self, lead: &str, text: &str) {
        let lead = self.style.paint(Ink::Dim, &visible(lead));
        self.push_line(&format!("{lead}{}", visible(text)));
    }

    /// The lead once, then the text beside it, wrapped under itself.
    fn hanging(&mut self, lead: &[(Ink, String)], ink: Ink, text: &str, most_lines: usize) {
        let mut first = String::new();
        let mut column = 0;
        for (ink, cell) in lead {
            let cell = visible(cell);
            column += cell.chars().count();
            first.push_str(&self.style.paint(*ink, &cell));
        }
        let mut lines = wrap(&visible(text), WIDTH.saturating_sub(column).max(20));
        if lines.len() > most_lines {
            let left_out: usize = lines
                .drain(most_lines..)
                .map(|line| line.chars().count())
                .sum();
            lines.push(format!("… {left_out} more characters in the JSON report"));
        }
        for (index, line) in lines.iter().enumerate() {
            let lead = if index == 0 {
                first.clone()
            } else {
                " ".repeat(column)
            };
            self.push_line(&format!("{lead}{}", self.style.paint(ink, line)));
        }
    }

    fn push_line(&mut self, line: &str) {
        self.out.push_str(line.trim_end_matches(' '));
        self.out.push('\n');
    }
}
