//! Untrusted text made safe to show: what a terminal would obey, reorder or hide becomes visible.
//!
//! A receiver chooses the bytes of its answers. Shown raw they could repaint the verdict, reorder
//! a line by bidirectional controls, or make an XML file unreadable.

use std::fmt::Write as _;

/// The text with every hidden character as a visible escape such as `\n`, `\x1b` or `\u{202e}`.
/// Backslashes stay as they are: doubling them would spoil every JSON body.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !is_hidden(c) => out.push(c),
            // Writing to a String cannot fail.
            c if c.is_ascii() => _ = write!(out, "\\x{:02x}", u32::from(c)),
            c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
        }
    }
    out
}

/// As [`visible`], with line feeds left to break lines.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// True for characters that have no look of their own: controls, bidirectional and zero-width
/// ones, fillers, tags, line separators, and the two that XML forbids.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Lines of at most `width` characters: broken at a space where there is one, else anywhere.
/// Only the space at a break is dropped, because spaces can be what a finding is about.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut rest = chars.as_slice();
    while rest.len() > width {
        let space = rest[..=width]
            .iter()
            .rposition(|c| *c == ' ')
            .filter(|at| *at > width / 2);
        let (end, next) = space.map_or((width, width), |at| (at, at + 1));
        lines.push(rest[..end].iter().collect());
        rest = &rest[next..];
    }
    lines.push(rest.iter().collect());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_becomes_visible() {
        assert_eq!(visible("a\x1b[2J\r\n\t\0"), "a\\x1b[2J\\r\\n\\t\\x00");
        assert_eq!(
            visible("\u{9b}31m\u{202e}x\u{2066}"),
            "\\u{9b}31m\\u{202e}x\\u{2066}"
        );
        assert_eq!(
            visible("\u{ffff}\u{feff}\u{e0041}"),
            "\\u{ffff}\\u{feff}\\u{e0041}"
        );
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["مرحبا، كيف الحال؟", "é 漢字 🙂", r#"{"a":"b\n"}"#] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("ends in space ", 40), ["ends in space "]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("ab", 0), ["a", "b"]);
    }
}
