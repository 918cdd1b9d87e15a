//! The conformance harness.
pub mod case;
pub mod error;
pub mod ledger;
pub mod load;
pub mod payloads;
pub mod probe;
pub mod redact;
pub mod requirement;
pub mod scene;
pub mod secret;
pub mod sender;
pub mod terms;
pub mod verdict;
