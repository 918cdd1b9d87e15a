//! What is done with a request. The straight line through each function is the correct receiver;
//! faults are match arms on a [`crate::behaviour`] choice, and live nowhere else.

mod event;
mod gate;
mod journal;
mod keys;
mod naive;
mod probe;
mod reception;
mod refusal;
mod reply;
mod scan;
mod session;
mod surroundings;
mod trouble;
mod work;

pub(crate) use reception::{MAX_DRAIN, Receiver};
pub(crate) use reply::Then;
pub(crate) use session::Session;
