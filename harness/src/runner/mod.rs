//! The runner: preflight, the order of trials, judging, the last sweep.
//!
//! Data flows one way: plan and scene come in, case results and events go out.

mod aftermath;
mod event;
mod exhibits;
mod fold;
mod judge;
mod plan;
mod preflight;
mod records;
mod run_record;
mod schedule;
mod stage;
mod stillness;
mod sweep;

pub use event::{Event, Events};
pub use plan::{GapKind, Plan, Planned};
pub use preflight::{Blocks, Preflight, Root, default_patience, preflight};
pub(crate) use records::quoted;
pub use run_record::RunRecord;
pub use schedule::{Job, cut_off, run};
