//! Typed settings: option over environment over file over default.

mod error;
mod file;
mod model;
mod resolve;
mod secret;
mod store;

pub use error::SettingsError;
#[cfg(feature = "sinks")]
pub(crate) use file::without_values;
pub use model::{RetryPolicy, Settings};
pub(crate) use secret::accept_list_in;
#[cfg(feature = "sinks")]
pub(crate) use secret::is_name;
pub use store::StoreSettings;
