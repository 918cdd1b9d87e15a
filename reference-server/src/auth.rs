//! Who may deliver: one pure predicate over the `Authorization` values of a request.
//!
//! A secret is the *full* header value, as in the guide's `WEBHOOK_SECRET` (`Bearer …`). The scheme name
//! is compared without case (A-02, RFC 9110), the token byte for byte and in constant time (D-02).
//! Several secrets may be accepted at once, so that rotation has no gap (D-10).

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use subtle::{Choice, ConstantTimeEq};

/// The shortest full value that the guide's format check lets pass (G-CFG-13, A-07).
const SHORTEST_VALUE: usize = 21;
/// One space exactly: RFC 9110 allows no more, and a looser match is a second spelling of a secret.
const SCHEME: &str = "Bearer ";

/// How requests are authenticated.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A request carries one of these values.
    Accept(AcceptList),
    /// Everybody may deliver; chosen by name only (A-04, D-01).
    Nobody,
}

impl Auth {
    /// Decides from the request's `Authorization` values alone (G-AUTH-01…03, D-03).
    ///
    /// Two values in one request are refused even when both are right: proxies disagree about which counts.
    pub fn admits<'a>(&self, values: impl IntoIterator<Item = &'a [u8]>) -> bool {
        let Self::Accept(list) = self else {
            return true;
        };
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(value), None) => list.contains(value),
            _ => false,
        }
    }
}

/// The accepted secrets: at least one, each above the format floor. Clones share them: replaced in one, in all.
#[derive(Clone)]
pub struct AcceptList(Arc<ArcSwap<Vec<Vec<u8>>>>);

/// A secret is missing or below the format floor. Never carries the value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no value at all (D-01).
    #[error("no secret is configured")]
    Missing,
    /// A value lacks the scheme (G-CFG-13).
    #[error("a secret must start with `Bearer ` (it is the full Authorization value)")]
    Scheme,
    /// A value is too short (G-CFG-13).
    #[error("a secret must be longer than 20 characters, `Bearer ` included")]
    TooShort,
    /// A value cannot travel in a header.
    #[error("a secret must be visible ASCII without spaces after `Bearer `")]
    Characters,
}

impl AcceptList {
    /// Reads one secret per line; blank lines are skipped.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when there is none, or one is below the floor.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let tokens = lines.map(token_of).collect::<Result<Vec<_>, _>>()?;
        if tokens.is_empty() {
            return Err(SecretError::Missing);
        }
        Ok(Self(Arc::new(ArcSwap::from_pointee(tokens))))
    }

    /// Accepts the other list's secrets from now on, instead of these.
    pub fn replace(&self, other: &Self) {
        self.0.store(other.0.load_full());
    }

    /// How many secrets are accepted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load().len()
    }

    fn contains(&self, value: &[u8]) -> bool {
        let (scheme, token) = value.split_at_checked(SCHEME.len()).unwrap_or_default();
        // Every secret is compared to its end: neither the place of a difference nor the matching
        // line shows in the time. Lengths do; they are not secret.
        let found = self
            .0
            .load()
            .iter()
            .fold(Choice::from(0), |found, own| found | own.ct_eq(token));
        scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) && bool::from(found)
    }
}

fn token_of(secret: &str) -> Result<Vec<u8>, SecretError> {
    let token = secret.strip_prefix(SCHEME).ok_or(SecretError::Scheme)?;
    if secret.len() < SHORTEST_VALUE {
        return Err(SecretError::TooShort);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SecretError::Characters);
    }
    Ok(token.as_bytes().to_vec())
}

impl fmt::Debug for AcceptList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AcceptList({} secrets, redacted)", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Bearer 0123456789abcdefghij";

    fn admits(values: &[&str]) -> bool {
        let auth = Auth::Accept(AcceptList::parse(SECRET).unwrap());
        auth.admits(values.iter().map(|value| value.as_bytes()))
    }

    #[test]
    fn the_exact_value_passes_and_the_scheme_ignores_case() {
        for value in [
            SECRET,
            "bearer 0123456789abcdefghij",
            "BEARER 0123456789abcdefghij",
        ] {
            assert!(admits(&[value]), "{value}");
        }
    }

    #[test]
    fn near_misses_are_refused() {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcdefghi",
            "Bearer 0123456789abcdefghijk",
            "Bearer 0123456789abcdefghiJ",
            "Bearer  0123456789abcdefghij",
            "Bearer\t0123456789abcdefghij",
            "Bearer 0123456789abcdefghij ",
            "Basic 0123456789abcdefghij",
            "0123456789abcdefghij",
            "Bearer x, Bearer 0123456789abcdefghij",
            "\u{e9}\u{e9}\u{e9} 0123456789abcdefghij",
        ] {
            assert!(!admits(&[value]), "{value:?}");
        }
    }

    #[test]
    fn no_header_and_two_headers_are_refused() {
        assert!(!admits(&[]));
        assert!(!admits(&[SECRET, SECRET]));
        assert!(!admits(&[SECRET, "Bearer wrong"]));
    }

    #[test]
    fn every_line_of_a_list_is_accepted() {
        let list = AcceptList::parse("\nBearer current-0123456789\r\nBearer previous-012345678\n");
        let auth = Auth::Accept(list.unwrap());
        assert!(auth.admits([b"Bearer current-0123456789".as_slice()]));
        assert!(auth.admits([b"Bearer previous-012345678".as_slice()]));
        assert!(!auth.admits([b"Bearer current-012345678".as_slice()]));
    }

    #[test]
    fn a_replaced_list_is_replaced_everywhere() {
        let list = AcceptList::parse("Bearer previous-012345678").unwrap();
        let auth = Auth::Accept(list.clone());
        let admits = |value: &[u8]| auth.admits([value]);
        list.replace(&AcceptList::parse("Bearer current-0123456789").unwrap());
        assert!(admits(b"Bearer current-0123456789"));
        assert!(!admits(b"Bearer previous-012345678"));
    }

    #[test]
    fn the_format_floor_is_the_guides() {
        let error = |text| AcceptList::parse(text).unwrap_err();
        assert_eq!(error(" \n"), SecretError::Missing);
        assert_eq!(error("0123456789abcdefghijklmnop"), SecretError::Scheme);
        assert_eq!(error("bearer 0123456789abcdefghij"), SecretError::Scheme);
        assert_eq!(error("Bearer 0123456789abc"), SecretError::TooShort);
        assert_eq!(error("Bearer 0123456789 abcdefg"), SecretError::Characters);
        assert!(AcceptList::parse("Bearer 0123456789abcd").is_ok());
    }

    #[test]
    fn debug_shows_no_secret() {
        let auth = Auth::Accept(AcceptList::parse(SECRET).unwrap());
        assert_eq!(
            format!("{auth:?}"),
            "Accept(AcceptList(1 secrets, redacted))"
        );
    }
}
