//! What a connection remembers. A correct receiver uses none of it.

use std::{collections::HashSet, sync::Arc};

use super::keys::EventKey;

/// The memory of one connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Which of the receiver's URLs it came by.
    pub(super) url: usize,
    /// Whether a good credential was seen.
    pub(super) had_good: bool,
    /// Whether a bad credential was seen.
    pub(super) had_bad: bool,
    /// The secret that counted at its first request.
    pub(super) secret: Option<Arc<str>>,
    /// The keys of its events.
    pub(super) keys: HashSet<EventKey>,
    /// Whether the last body was invalid.
    pub(super) had_invalid: bool,
    /// Its requests so far.
    pub(super) requests: u64,
    /// Whether it is a stream of an HTTP/2 connection.
    pub(super) is_http2: bool,
}

impl Session {
    /// The memory of a stream of an HTTP/2 connection.
    pub(crate) fn over_http2() -> Self {
        Self {
            is_http2: true,
            ..Self::default()
        }
    }
}

impl Session {
    /// The memory of a connection to this one of the receiver's URLs.
    pub(crate) fn by(url: usize) -> Self {
        Self {
            url,
            ..Self::default()
        }
    }
}
