//! Typed settings: option over environment over file over default.

mod error;
mod file;
mod model;
mod resolve;
mod secret;
mod store;

pub use error::SettingsError;
pub use model::{RetryPolicy, Settings};
pub(crate) use secret::accept_list_in;
pub use store::StoreSettings;
