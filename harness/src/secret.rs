//! The bearer value: held so that it cannot be printed by accident.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// The full expected `Authorization` header value, for example `Bearer` followed by a token.
///
/// There is no `Display`, and `Debug` shows nothing of the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

/// Why a value cannot serve as the secret.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SecretError {
    /// Nothing was configured.
    #[error("the secret is empty")]
    Empty,
    /// The guide's form is the word `Bearer`, a space, then the token (G-CFG-02).
    #[error(
        "the secret has no scheme: give the full header value, the word `Bearer`, a space, then the token"
    )]
    NoScheme,
    /// A header value cannot carry it.
    #[error("the secret has a character that no header value can carry (byte {0})")]
    NotAHeaderValue(usize),
}

impl Secret {
    /// Takes the full header value; surrounding line ends, as files have them, are dropped.
    ///
    /// # Errors
    /// When it is empty, has no scheme, or cannot be a header value.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let value = text.trim_end_matches(['\n', '\r']);
        if value.trim().is_empty() {
            return Err(SecretError::Empty);
        }
        if let Some(at) = value.bytes().position(|byte| !(0x20..0x7f).contains(&byte)) {
            return Err(SecretError::NotAHeaderValue(at));
        }
        match value.split_once(' ') {
            Some((scheme, token)) if !scheme.is_empty() && !token.trim().is_empty() => {
                Ok(Self(value.into()))
            }
            _ => Err(SecretError::NoScheme),
        }
    }

    /// A fresh random secret for a receiver that the harness starts itself.
    pub fn random() -> Self {
        Self::under("Bearer")
    }

    /// A fresh random secret under the same scheme, to take this one's place.
    #[must_use]
    pub fn successor(&self) -> Self {
        Self::under(
            self.0
                .split_once(' ')
                .map_or("Bearer", |(scheme, _)| scheme),
        )
    }

    fn under(scheme: &str) -> Self {
        let token: String = std::iter::repeat_with(fastrand::alphanumeric)
            .take(43)
            .collect();
        Self(format!("{scheme} {token}").into())
    }

    /// The header value. For building requests and for finding leaks, never for output.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part after the scheme.
    pub fn token(&self) -> &str {
        self.0.split_once(' ').map_or(&*self.0, |(_, token)| token)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_needs_a_scheme_and_a_token() {
        assert_eq!(Secret::parse("").err(), Some(SecretError::Empty));
        assert_eq!(Secret::parse("  \n").err(), Some(SecretError::Empty));
        assert_eq!(
            Secret::parse("sk_live_abc").err(),
            Some(SecretError::NoScheme)
        );
        assert_eq!(Secret::parse("Bearer ").err(), Some(SecretError::NoScheme));
        assert_eq!(
            Secret::parse("Bearer a\u{7}b").err(),
            Some(SecretError::NotAHeaderValue(8))
        );
        assert_eq!(
            Secret::parse("Bearer abc\n").map(|s| s.token().to_owned()),
            Ok("abc".into())
        );
    }

    #[test]
    fn a_successor_keeps_the_scheme_and_nothing_else() {
        let former = Secret::parse("Token abc").unwrap();
        let next = former.successor();
        assert!(next.expose().starts_with("Token "));
        assert_ne!(next, former);
        assert_ne!(next, former.successor());
    }

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Secret::parse("Bearer hunter2-hunter2").ok());
        assert!(!shown.contains("hunter2"));
    }
}
