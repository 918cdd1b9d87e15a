//! Preflight: is there anything to judge, and is there one cause behind everything?
//!
//! All requests go out together, so that a receiver which never answers costs one deadline.
//!
//! | file | step |
//! |---|---|
//! | `look` | the order of the steps, and what they find together |
//! | `reach` | P1 the URL can be connected to |
//! | `events` | P2 valid events are acknowledged |
//! | `strangers` | P3 a bad credential is refused, P5 another path is not the receiver too |
//! | `effects` | P4 the probe sees the effects |

mod effects;
mod events;
mod look;
mod reach;
mod strangers;

pub use effects::default_patience;
pub use look::{Blocks, Preflight, Root, preflight};
