//! Probes: how the harness sees what a receiver did.
//!
//! A probe answers one question: which effects does the receiver have for these call ids? It is
//! asked again until the answer settles.

mod answer;
mod command;
mod http;
mod settle;
mod spec;

pub use answer::Reading;
pub use command::CommandProbe;
pub use http::HttpProbe;
pub use settle::{Patience, Settled, settle};
pub use spec::{Probe, ProbeError, Scope, SpecError};
