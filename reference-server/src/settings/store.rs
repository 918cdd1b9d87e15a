//! What of the settings concerns the store alone: all that a command beside the receiver needs. It asks for no secret.

use std::path::Path;
use std::time::Duration;

use super::file::File;
use super::{Settings, SettingsError};
use crate::auth::Auth;
use crate::store::StoreTarget;

/// Which store, and how long it keeps events.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Where events are kept.
    pub target: StoreTarget,
    /// [`Settings::retention`].
    pub retention: Duration,
}

impl StoreSettings {
    /// Merges the option (clap has already put the environment behind it), the settings file and the defaults.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the offending key or file.
    pub fn resolve(store: Option<&str>, config: Option<&Path>) -> Result<Self, SettingsError> {
        let file = config.map(File::read).transpose()?.unwrap_or_default();
        // Nobody delivers here, so it does not matter who may.
        let mut own = Settings::new(Auth::Nobody);
        own.keep(
            store.map(str::to_owned).or(file.store),
            file.retention_hours,
        )?;
        let Settings {
            store: target,
            retention,
            ..
        } = own.checked()?;
        Ok(Self { target, retention })
    }
}
