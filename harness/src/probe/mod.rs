//! Probes: how the harness sees what a receiver did.
//!
//! A probe answers one question: which effects does the receiver have for these call ids? It is
//! asked again until the answer settles.
//!
//! | kind | the receiver's part |
//! |---|---|
//! | `http:URL` | answers a GET with its effects |
//! | `cmd:SHELL` | none: a command looks into its store |
//! | `file:PATH` | appends a line for each effect |
//! | `sink:ADDRESS:PORT` | posts each effect to a URL of ours |

mod answer;
mod command;
mod file;
mod http;
mod settle;
mod sink;
mod spec;

pub use answer::Reading;
pub use command::CommandProbe;
pub use file::FileProbe;
pub use http::HttpProbe;
pub use settle::{Patience, Settled, settle};
pub use sink::SinkProbe;
pub use spec::{Probe, ProbeError, Scope, SpecError};
