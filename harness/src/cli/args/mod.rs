//! The argument tables, one file per command.

mod hooks;
mod process;
mod receiver;
mod run;
mod selftest;

use clap::{Args, Parser, Subcommand};

pub(super) use hooks::HookArgs;
pub(super) use process::ProcessArgs;
pub(super) use receiver::{ReceiverArgs, duration, rate};
pub(super) use run::{LevelArg, ProfileArg, RunArgs, SetArg};
pub(super) use selftest::SelftestArgs;

/// Proves or refutes, with evidence, that a webhook receiver keeps its promises.
///
/// R1: every valid event is answered 200 within five seconds. R2: an event takes effect once,
/// however often it is delivered. R3: only the holder of the bearer token gets in.
#[derive(Debug, Parser)]
#[command(name = "hamsa-harness", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the cases against a receiver and report conformance
    Run(Box<RunArgs>),
    /// Look at a receiver before a run: what works, what evidence can be had, what to do next
    Doctor(Box<ReceiverArgs>),
    /// List the cases
    List(ListArgs),
    /// Explain a case: what is sent, what is expected, why, and how to fix what it finds
    Explain(ExplainArgs),
    /// Try the harness itself: every known bug is found, and nobody correct is blamed
    Selftest(SelftestArgs),
    /// Receivers with one known bug each, and correct ones that differ in allowed ways
    #[command(subcommand)]
    Zoo(ZooCommand),
    /// The reference receiver as a process of its own; `run reference` starts it
    #[command(hide = true)]
    ServeReference(hamsa_reference_server::ReceiverArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only cases that match: ids or requirements, `*` and `?` allowed
    #[arg(long, value_name = "PAT", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Only the cases of this set
    #[arg(long, value_enum)]
    pub(super) set: Option<SetArg>,
    /// As one JSON document
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A case id such as IDM-04, a clause such as G-IDEM-04, or a requirement such as R2
    pub(super) id: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum ZooCommand {
    /// List mutants and controls
    List,
    /// Serve one of them until interrupted
    Serve(ZooServeArgs),
}

#[derive(Debug, Args)]
pub(super) struct ZooServeArgs {
    /// The mutant or control
    #[arg(long, value_name = "NAME", visible_alias = "control")]
    pub(super) mutant: String,
    /// Address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub(super) listen: std::net::SocketAddr,
    /// Environment variable that holds the full Authorization header value
    #[arg(long, value_name = "NAME", default_value = "WEBHOOK_SECRET")]
    pub(super) auth_env: String,
    /// File that holds it instead; it is read again when it changes
    #[arg(long, value_name = "PATH")]
    pub(super) auth_file: Option<std::path::PathBuf>,
    /// Accept every sender
    #[arg(long)]
    pub(super) no_auth: bool,
    /// Keep state in this file, so that it survives the process [default: in memory]
    #[arg(long, value_name = "PATH")]
    pub(super) state: Option<std::path::PathBuf>,
    /// A second address, as of another replica of the same receiver
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) also_listen: Option<std::net::SocketAddr>,
}
