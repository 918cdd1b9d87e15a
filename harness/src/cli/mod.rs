//! The command line: reads arguments, runs one command, returns an exit code.
//!
//! Only this module and `render` produce output. The result goes to stdout, all else to stderr.

mod args;
mod child;
mod commands;
mod doctor;
mod explain;
mod list;
mod output;
mod process;
mod progress;
mod run;
mod selftest;
mod session;
mod settings;
mod target;
mod zoo;

use clap::Parser as _;

use crate::error::HarnessError;
use crate::report::ExitCode;
use args::{Cli, Command, ZooCommand};

/// Runs the command that the process was started with, and says how it ended.
pub async fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; clap knows which stream is theirs.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(ExitCode::Internal as u8);
        }
    };
    let ended = match cli.command {
        Command::Run(args) => run::run(*args).await,
        Command::Doctor(args) => doctor::doctor(*args).await,
        Command::List(args) => list::list(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Selftest(args) => selftest::selftest(&args).await,
        Command::Zoo(ZooCommand::List) => zoo::list(),
        Command::Zoo(ZooCommand::Serve(args)) => zoo::serve(&args).await,
        Command::ServeReference(args) => return child::serve_reference(&args).await,
    };
    match ended {
        Ok(code) => code as u8,
        Err(error) => report_error(&error),
    }
}

/// Says what went wrong, and which exit code that is.
fn report_error(error: &HarnessError) -> u8 {
    // Messages may quote what a receiver or a probe said.
    let text = session::scrubbed(&error.to_string());
    output::diagnostic(&format!("error: {}", crate::render::visible_lines(&text)));
    let code = match error {
        HarnessError::Usage(_) => ExitCode::Usage,
        HarnessError::NoVerdict { .. } => ExitCode::NoVerdict,
        HarnessError::Internal(_) => ExitCode::Internal,
    };
    code as u8
}
