//! LIM: limits are for strangers.

mod flood;
mod rate;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[rate::CASES, flood::CASES];
