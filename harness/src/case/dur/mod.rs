//! What survives the end of the receiver's process. SIGKILL proves process death only, not power
//! loss: what the operating system had taken over survives it.
//!
//! DUR-07, a receiver that is not there at all, is no case: preflight's step P1 ends such a run
//! without a verdict, so that nobody is blamed with a broken promise.
//!
//! | file | holds |
//! |---|---|
//! | `traffic` | deliveries while something happens to the process |
//! | `kill` | one kill under traffic, and one right after an answer |
//! | `rounds` | many kills |
//! | `graceful` | SIGTERM |
//! | `retried` | a sender that keeps trying over a kill or a halt |
//! | `replicas` | several URLs |
//! | `store` | a store that cannot be reached or written to |

mod graceful;
mod kill;
mod replicas;
mod retried;
mod rounds;
mod store;
mod traffic;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    kill::CASES,
    rounds::CASES,
    graceful::CASES,
    retried::CASES,
    replicas::CASES,
    store::CASES,
];
