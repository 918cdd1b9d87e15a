//! Which effects are asked for, as a range of keys.

/// Which effects are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Those of one call.
    Call(String),
    /// Those of all calls whose `callId` starts with this text; the empty text means all.
    Prefix(String),
}

impl Scope {
    /// The half-open range `[start, end)` of `callId`s in byte order; no end means unbounded.
    pub(super) fn range(&self) -> (String, Option<String>) {
        match self {
            // No text lies between a text and itself with a NUL behind it.
            Self::Call(call_id) => (call_id.clone(), Some(format!("{call_id}\0"))),
            Self::Prefix(prefix) => (prefix.clone(), successor(prefix)),
        }
    }
}

/// The first text after all texts with this prefix. UTF-8 sorts like its scalar values do.
fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // Ranges of `char` step over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text() {
        for (prefix, end) in [
            ("run-1/", Some("run-10")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
