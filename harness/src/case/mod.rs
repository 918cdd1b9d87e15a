//! The cases, and what their bodies work with.
//!
//! A case is a const with an `async fn` beside it, in the file of its topic:
//!
//! 1. write the const and its body in `case/<family>/<topic>.rs`, and list it in the file's `CASES`;
//! 2. send only through [`Trial`]; note what each key has to lead to; call `settle` once, last;
//! 3. judge only with [`expect`];
//! 4. name the case in a mutant's `killed_by` (`harness/zoo`), or say in `selftest/elsewhere.rs` where
//!    it is proved, or a test fails.
//!
//! A body has no sockets, no clock, no printing and no knowledge of who the receiver is.

mod clauses_page;
mod declaration;
mod disturbed;
pub mod expect;
mod kept;
mod page;
pub mod registry;
mod trial;

mod ack;
mod aut;
mod dur;
mod evt;
mod htp;
mod idm;
mod lim;
mod lod;
mod log;
mod mal;
mod tls;

pub use clauses_page::clauses_page;
pub use declaration::{Case, CaseBody, CaseSet, Need, Schedule, TrialFuture};
pub use page::cases_page;
pub(crate) use trial::Trace;
pub use trial::{Delivery, Effects, Stop, Trial};
