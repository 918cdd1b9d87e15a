//! What survives the end of the receiver's process. SIGKILL proves process death only, not power
//! loss: what the system had in memory survives it.

mod kill;
mod traffic;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[kill::CASES];
