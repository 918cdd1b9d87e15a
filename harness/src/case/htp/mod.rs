//! HTP: HTTP as senders and proxies really speak it.

mod body;
mod method;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[method::CASES, body::CASES];
