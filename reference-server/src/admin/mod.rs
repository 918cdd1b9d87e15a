//! What people do to a store by hand: look at dead letters and try them again, prune, forget a call.
//!
//! The commands open the store themselves, beside a receiver that runs on it or without one.

mod dead_letters;
mod id;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use dead_letters::DeadLettersCommand;

use crate::settings::StoreSettings;
use crate::store::{Store, StoreError, StoreTarget};
use crate::worker::prune;
use crate::{SettingsError, telemetry};

/// Where the store is.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StoreArgs {
    /// Where events are kept: sqlite:PATH, postgres://… or redis://… [default: sqlite:hamsa.db]
    #[arg(
        long,
        value_name = "STORE",
        env = "HAMSA_STORE",
        hide_env_values = true,
        global = true
    )]
    pub store: Option<String>,

    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "HAMSA_CONFIG", global = true)]
    pub config: Option<PathBuf>,
}

/// Commands beside the receiver itself.
#[derive(Debug, clap::Subcommand)]
pub enum AdminCommand {
    /// Events whose handling was given up, and effects that a sink did not take
    DeadLetters {
        /// What to do with them.
        #[command(subcommand)]
        command: DeadLettersCommand,
        /// Where they are.
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Remove finished events older than the retention now, without waiting for the receiver to do it
    Prune {
        /// Another retention than that of the settings; at least 24 hours
        #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(24..))]
        older_than_hours: Option<u64>,
        /// Where they are.
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Erase a call: its events, effects and dead letters. Hashes of the keys stay until their retention ends, so that a
    /// late duplicate does not bring it back
    Forget {
        /// The call
        #[arg(value_name = "CALL_ID")]
        call_id: String,
        /// Where it is.
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// A command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The settings are unusable.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store is not one that a second process can open.
    #[error("failed to open the store: {0}")]
    NoStore(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such dead letter.
    #[error("there is no dead letter {0}")]
    NoLetter(String),
    /// The output cannot be written.
    #[error("failed to write the output: {0}")]
    Output(#[from] io::Error),
}

impl AdminError {
    /// 2 for what the user can correct in the settings, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::NoStore(_) => 2,
            Self::Store(_) | Self::NoLetter(_) | Self::Output(_) => 1,
        }
    }
}

impl AdminCommand {
    /// Does it; the result goes to `out`.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; see [`AdminError::exit_code`].
    pub async fn run(self, out: &mut (impl Write + Send)) -> Result<(), AdminError> {
        let (Self::DeadLetters { store, .. }
        | Self::Prune { store, .. }
        | Self::Forget { store, .. }) = &self;
        let settings = StoreSettings::resolve(store.store.as_deref(), store.config.as_deref())?;
        let _last_lines = telemetry::init(telemetry::LogLevel::Warn, telemetry::LogFormat::Text);
        let store = open(&settings.target).await?;
        let done = match self {
            Self::DeadLetters { command, .. } => command.run(&*store, out).await,
            Self::Prune {
                older_than_hours, ..
            } => {
                let keep = older_than_hours.map(|hours| Duration::from_secs(hours * 3_600));
                let removed = prune(&*store, keep.unwrap_or(settings.retention)).await?;
                writeln!(out, "removed {removed} events").map_err(AdminError::from)
            }
            Self::Forget { call_id, .. } => {
                let erased = store.forget(call_id).await?;
                writeln!(out, "erased {erased} events").map_err(AdminError::from)
            }
        };
        let closed = store.close().await;
        done?;
        Ok(closed?)
    }
}

/// Opens what exists: a misspelt path must not become a new and empty store.
async fn open(target: &StoreTarget) -> Result<Arc<dyn Store>, AdminError> {
    match target {
        StoreTarget::Memory => Err(AdminError::NoStore(
            "`memory` lives in the receiver's own process".to_owned(),
        )),
        StoreTarget::Sqlite(path) if !path.exists() => Err(AdminError::NoStore(format!(
            "there is no file {}",
            path.display()
        ))),
        _ => Ok(target.open().await?),
    }
}
