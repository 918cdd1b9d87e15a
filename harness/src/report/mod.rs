//! The report: plain data, and how it is made from what a run brought.

mod assemble;
mod clean;
mod coverage;
mod exchange;
mod exit_code;
mod latency;
pub mod model;
#[cfg(test)]
mod tests;
mod verdicts;

pub use assemble::{RunFacts, assemble};
pub use exchange::*;
pub use exit_code::ExitCode;
pub(crate) use latency::ms;
pub use model::*;
pub use verdicts::Gap;
