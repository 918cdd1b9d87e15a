//! The mutants, by the family of the case that kills them. To add one, write its constant into
//! the family's file; `Behaviour` must differ from the correct one in exactly one field.

mod ack;
mod answer;
mod aut;
mod aut_order;
mod aut_time;
mod collection;
mod crowd;
mod dur;
mod evt;
mod htp;
mod idm;
mod idm_key;
mod idm_trouble;
mod load;
mod lod;
mod log;
mod mal;
mod odd;
mod wire;

pub use collection::{all, by_name};
