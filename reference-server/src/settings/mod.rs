//! Typed settings: option over environment over file over default.

mod error;
mod model;
mod resolve;

pub use error::SettingsError;
pub use model::{RetryPolicy, Settings};
