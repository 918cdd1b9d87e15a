//! Load: deliveries on a schedule of their own, whatever the receiver makes of it.
//!
//! Uses the sender, knows no case.
//!
//! | file | holds |
//! |---|---|
//! | `open_loop` | requests sent when they are due |
//! | `slow_heads` | connections whose request never comes |
//! | `sample` | quantiles of what was measured |
//! | `trend` | whether something grew while a run went on |
//! | `punctuality` | how the harness itself kept up |

mod open_loop;
mod punctuality;
mod sample;
mod slow_heads;
#[cfg(test)]
mod tests;
mod trend;

pub use open_loop::{Connections, Due, Halt, LoadRun, Shot, at_rate, on_schedule, open_loop};
pub use punctuality::{MISSED, Punctuality, own_cpu};
pub use sample::Sample;
pub use slow_heads::SlowHeads;
pub use trend::Trend;
