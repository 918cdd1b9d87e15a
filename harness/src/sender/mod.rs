//! The sender: puts bytes on a connection, times them, and reads what comes back.
//!
//! It knows no case and judges nothing. Every judged attempt goes over a connection of our own:
//! no pool, no proxy, no redirect, no silent retry. It reads while it writes, so an answer that
//! comes before the body has ended counts.

mod attempt;
mod barrier;
mod certificate;
mod connection;
mod drip;
mod exchange;
mod handshake;
mod head;
mod http2;
mod obsolete_tls;
mod pipeline;
mod policy;
mod reading;
mod request;
mod response;
mod streams;
mod tap;
mod target;
#[cfg(test)]
pub(crate) mod testbed;
#[cfg(test)]
mod tests;
mod tls;

pub use attempt::{Attempt, AttemptResult, NoAnswer, Timing, millis};
pub use barrier::{Released, release_across, release_together};
pub use certificate::Certificate;
pub use connection::{Connection, Connector, Heard, Protocol};
pub use exchange::Limits;
pub use handshake::{Handshake, Offer, Sni, TlsVersion};
pub use head::{HeadForm, Host, NameCase, Version};
pub use http2::Http2;
pub use obsolete_tls::{ObsoleteAnswer, ObsoleteTls};
pub use policy::RetryPolicy;
pub use request::{Credential, Ending, Framing, Pacing, Request};
pub use response::Response;
pub use target::{Target, TargetError, has_route, is_local};
pub use tls::{TlsOptions, TlsSetup, TlsSetupError};
