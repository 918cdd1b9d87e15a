//! What of a setting may be repeated in a message: not what looks like a secret that was put in the wrong place.

/// Stands for a value that is not repeated.
const HIDDEN: &str = "(not shown: it looks like a secret)";

/// Whether a text can be repeated. `Bearer` is how every secret begins, and how a split one is announced; a private
/// key has its own way to begin.
#[must_use]
pub fn is_harmless(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    !text.contains("bearer") && !text.contains("-----begin")
}

/// The text, or a note in its place.
pub(crate) fn shown(text: &str) -> &str {
    if is_harmless(text) { text } else { HIDDEN }
}

/// Whether a text is a full `Authorization` value rather than the name of its place. A file may be called
/// `bearer.txt`; a value has a blank behind the scheme.
pub(crate) fn is_secret(text: &str) -> bool {
    let text = text.trim_start();
    let (scheme, rest) = text.split_at_checked(6).unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer")
        && (rest.is_empty() || rest.starts_with(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_and_names_are_not() {
        for secret in ["Bearer abc", " bearer\tabc", "BEARER", "Bearer"] {
            assert!(is_secret(secret) && !is_harmless(secret), "{secret}");
            assert_eq!(shown(secret), HIDDEN);
        }
        assert_eq!(
            shown(concat!("-----BEGIN", " PRIVATE KEY-----\nMC4")),
            HIDDEN
        );
        for name in ["", "WEBHOOK_SECRET", "bearer.txt", "/run/bearer token", "é"] {
            assert!(!is_secret(name), "{name}");
        }
        assert_eq!(shown("/webhook"), "/webhook");
    }
}
