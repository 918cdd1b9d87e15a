//! What a connection remembers. A correct receiver uses none of it.

use std::{collections::HashSet, sync::Arc};

use super::keys::EventKey;

/// The memory of one connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Whether a good credential was seen.
    pub(super) had_good: bool,
    /// Whether a bad credential was seen.
    pub(super) had_bad: bool,
    /// The secret that counted at its first request.
    pub(super) secret: Option<Arc<str>>,
    /// The keys of its events.
    pub(super) keys: HashSet<EventKey>,
}
