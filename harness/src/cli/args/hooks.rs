//! Options that tell how to make the surroundings of the receiver misbehave, and where it logs.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::receiver::duration;

/// Hooks. Each is a shell command, or an http or https URL that gets a POST.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Hooks (a shell command, or a URL that gets a POST)")]
pub(in crate::cli) struct HookArgs {
    /// Makes something that the receiver needs slow, by eight seconds or more
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_SLOW_ON",
        requires = "slow_off"
    )]
    pub(in crate::cli) slow_on: Option<String>,
    /// Makes it fast again
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_SLOW_OFF",
        requires = "slow_on"
    )]
    pub(in crate::cli) slow_off: Option<String>,
    /// Makes the receiver's work on an event fail
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_FAULT_ON",
        requires = "fault_off"
    )]
    pub(in crate::cli) fault_on: Option<String>,
    /// Makes it work again
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_FAULT_OFF",
        requires = "fault_on"
    )]
    pub(in crate::cli) fault_off: Option<String>,
    /// Takes the receiver's store away
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_STORE_DOWN",
        requires = "store_up"
    )]
    pub(in crate::cli) store_down: Option<String>,
    /// Gives it back
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_STORE_UP",
        requires = "store_down"
    )]
    pub(in crate::cli) store_up: Option<String>,
    /// Makes the receiver's store full or read-only
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_DISK_FULL",
        requires = "disk_free"
    )]
    pub(in crate::cli) disk_full: Option<String>,
    /// Makes it writable again
    #[arg(
        long,
        value_name = "HOOK",
        env = "HAMSA_DISK_FREE",
        requires = "disk_full"
    )]
    pub(in crate::cli) disk_free: Option<String>,
    /// Gives the receiver another secret: a shell command that finds the full header value in
    /// NEXT_WEBHOOK_SECRET. It is called again to return to the first
    #[arg(long, value_name = "COMMAND", env = "HAMSA_ROTATE")]
    pub(in crate::cli) rotate: Option<String>,
    /// How long the receiver accepts the former secret too [default: 0s]
    #[arg(long, value_name = "TIME", env = "HAMSA_ROTATION_OVERLAP", value_parser = duration, requires = "rotate")]
    pub(in crate::cli) rotation_overlap: Option<Duration>,
    /// The file that the receiver logs to
    #[arg(long, value_name = "PATH", env = "HAMSA_LOG_FILE")]
    pub(in crate::cli) log_file: Option<PathBuf>,
    /// How long a key has to be remembered, for the case that waits as long [default: 5m]
    #[arg(long, value_name = "TIME", env = "HAMSA_DEDUP_WINDOW", value_parser = duration)]
    pub(in crate::cli) dedup_window: Option<Duration>,
}
