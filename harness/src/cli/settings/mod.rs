//! Settings: option over environment over file over default.

mod file;
mod hooks;
mod parse;
mod resolve;

pub(super) use resolve::{Credentials, Given, ReportTo, Resolved, resolve};
