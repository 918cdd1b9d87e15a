//! TLS: the URL and its certificate.

mod certificate;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[certificate::CASES];
