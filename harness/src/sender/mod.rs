//! The sender: puts bytes on a connection, times them, and reads what comes back.
//!
//! It knows no case and judges nothing. Every judged attempt goes over a connection of our own:
//! no pool, no proxy, no redirect, no silent retry. It reads while it writes, so an answer that
//! comes before the body has ended counts.

mod attempt;
mod barrier;
mod connection;
mod exchange;
mod policy;
mod reading;
mod request;
mod response;
mod target;
#[cfg(test)]
pub(crate) mod testbed;
#[cfg(test)]
mod tests;
mod tls;

pub use attempt::{Attempt, AttemptResult, NoAnswer, Timing, millis};
pub use barrier::{Released, release_across, release_together};
pub use connection::{Connection, Connector};
pub use exchange::Limits;
pub use policy::RetryPolicy;
pub use request::{Credential, Ending, Framing, Pacing, Request};
pub use response::Response;
pub use target::{Target, TargetError, is_local};
pub use tls::{TlsOptions, TlsSetup, TlsSetupError};
