//! Why a receiver refuses to start: each message names the option, key, file or variable, never a secret.

use std::path::PathBuf;

use crate::auth::SecretError;
use crate::shown::shown;
use crate::store::StoreTargetError;

/// Settings that nobody can start with.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("failed to read settings file {}: {source}", shown(&path.to_string_lossy()))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file is not what it should be.
    #[error("failed to understand settings file {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Place, key and reason; never the line itself.
        reason: String,
    },
    /// The settings name two sources for the secret.
    #[error(
        "failed to choose a secret: the settings file names more than one of auth_env, auth_file, no_auth"
    )]
    TwoSources,
    /// The secret is missing or below the guide's floor.
    #[error("failed to load the secret from {origin}: {source}")]
    Secret {
        /// The variable or file, never the value.
        origin: String,
        /// What is wrong with it.
        source: SecretError,
    },
    /// The secret file cannot be read.
    #[error("failed to read secret file {}: {source}", shown(&path.to_string_lossy()))]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The secret itself was given where its place was asked for; not repeated here.
    #[error(
        "failed to find a secret: an option or setting holds something else where it must name a variable \
         (letters, digits, `_`) or a file; if that was the secret itself, change it"
    )]
    SecretAsOption,
    /// A certificate without its key, or the other way round.
    #[error("failed to set up TLS: tls_cert and tls_key go together")]
    HalfTls,
    /// The cargo feature is missing.
    #[error(
        "failed to set up TLS: this build lacks it; build with `--features tls`, or leave out tls_cert and tls_key"
    )]
    NoTls,
    /// A certificate and key cannot be used.
    #[error("failed to set up TLS with {}: {reason}", shown(&path.to_string_lossy()))]
    Tls {
        /// The file.
        path: PathBuf,
        /// Why, without anything out of it.
        reason: String,
    },
    /// The store is none of this build's.
    #[error("failed to choose a store: {0}")]
    Store(#[from] StoreTargetError),
    /// An environment variable holds an unknown word.
    #[error("failed to understand environment variable {name}: it must be {expected}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What it may hold.
        expected: &'static str,
    },
    /// The webhook path cannot be served.
    #[error(
        "failed to use path `{}`: it must start with `/`, hold only letters, digits and `/-._~`, \
         and not be one of the receiver's own",
        shown(.0)
    )]
    Path(String),
    /// No attempt would ever be made.
    #[error("failed to use attempts = 0: an event is handled at least once")]
    Attempts,
    /// Every batch would be handled twice.
    #[error("failed to use lease_seconds = 0: a batch takes at least some time")]
    Lease,
    /// A late duplicate would be taken for a new event.
    #[error("failed to use retention_hours: keys are kept for at least 24 hours")]
    Retention,
    /// The settings ask for what this build does not have.
    #[error("failed to use `{key}`: this receiver was built without the feature `{feature}`")]
    Feature {
        /// Option or key.
        key: &'static str,
        /// Cargo feature.
        feature: &'static str,
    },
    /// A sink cannot be used as it is set up.
    #[error("failed to set up the sinks: {0}")]
    Sinks(String),
    /// So many workers are a slip.
    #[error("failed to use workers = {found}: at most {most}")]
    Workers {
        /// As set.
        found: usize,
        /// As allowed.
        most: usize,
    },
    /// Nobody could deliver.
    #[error("failed to use max_connections = 0: nobody could deliver")]
    Connections,
    /// Personal data would be open to the network.
    #[error("failed to expose effects off loopback without authentication; configure a secret")]
    OpenEffects,
    /// Personal data would be open to the network.
    #[error("failed to manage off loopback without authentication; configure a secret")]
    OpenManage,
}
