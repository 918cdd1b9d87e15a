//! What is done with a request. The straight line through each function is the correct receiver;
//! faults are match arms on a [`crate::behaviour`] choice, and live nowhere else.

mod coding;
mod event;
mod gate;
mod journal;
mod keeping;
mod keys;
mod log;
mod naive;
mod probe;
mod pulse;
mod reception;
mod recovery;
mod refusal;
mod reply;
mod scan;
mod session;
mod store;
mod stored;
mod surroundings;
mod trouble;
mod waiting;
mod work;

pub(crate) use reception::{MAX_DRAIN, Receiver};
pub(crate) use reply::Then;
pub(crate) use session::Session;
