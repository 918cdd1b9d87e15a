//! The binary `hamsa-harness`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // A task of its own, so that a panic anywhere ends in our exit code for internal errors.
    let ended = tokio::spawn(hamsa_harness::cli::main()).await;
    ExitCode::from(ended.unwrap_or(hamsa_harness::report::ExitCode::Internal as u8))
}
