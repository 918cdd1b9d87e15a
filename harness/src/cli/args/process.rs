//! Options about the receiver's process: how to start and to end it, and what it promises to keep.

use clap::Args;

/// The receiver's process, and the other ones that share its store.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Process")]
pub(in crate::cli) struct ProcessArgs {
    /// Start the receiver with this shell command, in the foreground; it is ended, killed and started
    /// again as the cases need it, and gone once the run has ended
    #[arg(
        long,
        value_name = "CMD",
        env = "HAMSA_SPAWN",
        hide_env_values = true,
        conflicts_with_all = ["kill", "restart"]
    )]
    pub(in crate::cli) spawn: Option<String>,
    /// End the running receiver at once with this shell command, for example `docker kill NAME`
    #[arg(long, value_name = "CMD", env = "HAMSA_KILL", hide_env_values = true)]
    pub(in crate::cli) kill: Option<String>,
    /// Start it again with this shell command, for example `docker start NAME`
    #[arg(
        long,
        value_name = "CMD",
        env = "HAMSA_RESTART",
        hide_env_values = true
    )]
    pub(in crate::cli) restart: Option<String>,
    /// The receiver promises to keep what it acknowledged: losing it by a kill breaks R2
    #[arg(long)]
    pub(in crate::cli) durable: bool,
    /// Another URL of the same receiver, as of a second process with the same store; repeatable
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) also: Vec<String>,
}
