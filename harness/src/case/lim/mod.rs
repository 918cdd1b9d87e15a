//! LIM: limits are for strangers.

mod rate;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[rate::CASES];
