//! Typed settings: option over environment over file over default.

mod error;
mod file;
mod model;
mod resolve;
mod secret;

pub use error::SettingsError;
#[cfg(feature = "sinks")]
pub(crate) use file::without_values;
pub use model::{RetryPolicy, Settings};
#[cfg(feature = "sinks")]
pub(crate) use secret::is_name;
