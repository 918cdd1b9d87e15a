//! The runner: preflight, the order of trials, judging, the last sweep.
//!
//! Data flows one way: plan and scene come in, case results and events go out.

mod event;
mod judge;
mod plan;
mod preflight;
mod records;
mod schedule;
mod sweep;

pub use event::{Event, Events};
pub use plan::{Plan, Planned};
pub use preflight::{Blocks, Preflight, Root, default_patience, preflight};
pub(crate) use records::quoted;
pub use schedule::{Job, RunRecord, cut_off, run};
