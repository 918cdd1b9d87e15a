//! `hamsa-receiver`: parses the command line and runs the receiver.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hamsa_reference_server::{ReceiverArgs, run};

/// Receives Hamsa webhook events: durable before the answer, one effect per event.
#[derive(Debug, Parser)]
#[command(name = "hamsa-receiver", version)]
struct Cli {
    #[command(flatten)]
    receiver: ReceiverArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run(&Cli::parse().receiver).await else {
        return ExitCode::SUCCESS;
    };
    let _ = writeln!(std::io::stderr(), "hamsa-receiver: {error}");
    ExitCode::from(error.exit_code())
}
