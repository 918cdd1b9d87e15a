//! Settings: option over environment over file over default.

mod file;
mod hooks;
mod parse;
mod process;
mod resolve;

pub(super) use process::{Means, ProcessSettings};
pub(super) use resolve::{Credentials, Given, ReportTo, Resolved, resolve};
