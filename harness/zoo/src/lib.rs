//! Receivers for the harness to prove itself on: *mutants* with one known bug each, which a run must
//! find, and *controls* that are correct in another way than usual, which it must leave alone.
//!
//! This is a receiver of its own over a bare socket, so that faults down to the byte are possible
//! and so that no case gets tuned to the reference receiver. State lives in memory, and in a file where its
//! process has to be survived.
//!
//! # Layout
//!
//! | module | holds |
//! |---|---|
//! | `specimen` | what a mutant and a control are; look-up by name |
//! | `behaviour` | the points at which receivers differ, as data |
//! | `mutants`, `controls` | the collection: one constant for each specimen |
//! | `http` | heads, bodies and answers on one connection; no meaning |
//! | `http2` | streams of one HTTP/2 connection, each as a request of `http` |
//! | `secrets` | the secret that counts, which may be replaced while a specimen serves |
//! | `receiver` | what is done with a delivery; the only place where faults live |
//! | `server` | accept loop and connection loop |

mod behaviour;
pub mod controls;
mod error;
mod http;
mod http2;
pub mod mutants;
mod receiver;
mod secrets;
mod server;
mod specimen;

pub use error::ZooError;
pub use secrets::Secrets;
pub use server::{Station, serve, serve_at};
pub use specimen::{Control, Expect, Mutant, Specimen, specimen};
