//! Typed settings: option over environment over file over default.

mod error;
mod file;
mod model;
mod resolve;
mod secret;
mod store;

pub use error::SettingsError;
pub use model::{RetryPolicy, Settings};
pub use store::StoreSettings;
