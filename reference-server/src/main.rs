//! `hamsa-receiver`: parses the command line and runs the receiver.

mod healthcheck;

use std::io::Write;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use hamsa_reference_server::admin::AdminCommand;
use hamsa_reference_server::{ReceiverArgs, run, shown};

use healthcheck::{HealthcheckArgs, healthcheck};

/// Receives Hamsa webhook events: durable before the answer, one effect per event.
#[derive(Debug, Parser)]
#[command(
    name = "hamsa-receiver",
    version,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    receiver: ReceiverArgs,
}

/// What it does instead of receiving.
#[derive(Debug, Subcommand)]
enum Command {
    Healthcheck(HealthcheckArgs),
    #[command(flatten)]
    Admin(AdminCommand),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ended = match cli.command {
        Some(Command::Healthcheck(args)) => healthcheck(&args)
            .await
            .map_err(|error| (error.to_string(), 1)),
        Some(Command::Admin(command)) => command
            .run(&mut std::io::stdout())
            .await
            .map_err(|error| (error.to_string(), error.exit_code())),
        None => run(&cli.receiver)
            .await
            .map_err(|error| (error.to_string(), error.exit_code())),
    };
    let Err((error, code)) = ended else {
        return ExitCode::SUCCESS;
    };
    say(format!("hamsa-receiver: {error}"));
    ExitCode::from(code)
}

/// Prints help, or what is wrong with the command line. clap quotes the offending word; where a secret was put on the
/// command line by mistake, that word may be it.
fn usage(error: &clap::Error) -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    let is_safe = shown::is_harmless(&error.to_string()) && words.all(|w| shown::is_harmless(&w));
    if is_safe || !error.use_stderr() {
        let _ = error.print();
    } else {
        say(format!(
            "error: {}; the words are not repeated, because one looks like a secret. \
             Change that secret, and give the name of a variable or file instead",
            error.kind()
        ));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Says why the process ends. A log reader that has stalled must not keep it from ending.
fn say(text: String) {
    let (done, said) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = writeln!(std::io::stderr(), "{text}");
        let _ = done.send(());
    });
    let _ = said.recv_timeout(Duration::from_secs(1));
}
