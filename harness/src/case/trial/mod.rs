//! The only handle a case's body gets: mint, deliver, note what is expected, settle.
//!
//! Attempts are recorded as they happen, so a body cannot forget its evidence.
//!
//! | file | holds |
//! |---|---|
//! | `handle` | the trial itself |
//! | `minting` | deliveries under fresh keys |
//! | `sending` | attempts, and the control request after a hostile one |
//! | `loading` | many deliveries on a schedule |
//! | `pairs` | pairs of refusals, timed against each other |
//! | `process` | ending and starting the receiver's process |
//! | `fault` | faults around the receiver while it is sent to |
//! | `effects` | what is expected of each key, and what was seen |

mod effects;
mod fault;
mod handle;
mod loading;
mod minting;
mod pairs;
mod process;
mod sending;

pub use effects::Effects;
pub(crate) use handle::Trace;
pub use handle::{Stop, Trial};
pub use minting::Delivery;
