//! Colour, or none: the only place that writes ANSI sequences.
//!
//! Whether colour is wanted (a terminal, `NO_COLOR`, `CI`) is the caller's decision.

/// What a piece of text means; how that looks is decided here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Nothing special.
    Plain,
    /// Stands out.
    Strong,
    /// May be skipped.
    Dim,
    /// As it should be.
    Good,
    /// Refuted.
    Bad,
    /// Neither; look at it.
    Warn,
}

impl Ink {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Dim => Some("2"),
            Self::Good => Some("32"),
            Self::Bad => Some("1;31"),
            Self::Warn => Some("33"),
        }
    }
}

/// How text is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Without colour.
    pub const fn plain() -> Self {
        Self { colour: false }
    }

    /// With colour.
    pub const fn coloured() -> Self {
        Self { colour: true }
    }

    /// The text in this ink; the text itself must be free of control characters.
    pub fn paint(self, ink: Ink, text: &str) -> String {
        match ink.code() {
            Some(code) if self.colour && !text.trim().is_empty() => {
                format!("\x1b[{code}m{text}\x1b[0m")
            }
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colour_adds_sequences() {
        assert_eq!(Style::plain().paint(Ink::Bad, "no"), "no");
        assert_eq!(
            Style::coloured().paint(Ink::Good, "yes"),
            "\x1b[32myes\x1b[0m"
        );
        assert_eq!(Style::coloured().paint(Ink::Plain, "so"), "so");
    }
}
