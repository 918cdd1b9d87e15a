//! `zoo`: the receivers that the harness proves itself on.

use hamsa_zoo::{Expect, Station, controls, mutants, specimen};
use tokio::net::TcpListener;

use super::args::ZooServeArgs;
use super::child::{BETWEEN_URLS, parent_gone};
use super::output::line;
use super::settings::Credentials;
use super::target::secret;
use crate::error::HarnessError;
use crate::report::ExitCode;

/// Lists mutants with the case that has to find each, then controls.
pub(super) fn list() -> Result<ExitCode, HarnessError> {
    line("Mutants: one known bug each, and the case that has to find it");
    for mutant in mutants::all() {
        let by = match mutant.expect {
            Expect::NoVerdict => "exit 4".to_owned(),
            Expect::Failure | Expect::Finding | Expect::RootCause => mutant.killed_by.join(" "),
        };
        line(&format!("  {:<32} {by:<14} {}", mutant.name, mutant.bug));
    }
    line("\nControls: correct, and different in allowed ways");
    for control in controls::all() {
        line(&format!("  {:<32} {}", control.name, control.differs));
    }
    Ok(ExitCode::Conformant)
}

/// Serves a specimen until interrupted.
pub(super) async fn serve(args: &ZooServeArgs) -> Result<ExitCode, HarnessError> {
    let specimen = specimen(&args.mutant).ok_or_else(|| {
        HarnessError::usage(format!(
            "`{}` is no mutant and no control; `hamsa-harness zoo list` shows them",
            args.mutant
        ))
    })?;
    let credentials = if args.no_auth {
        Credentials::None
    } else {
        Credentials::Env(args.auth_env.clone())
    };
    let secret = secret(&credentials)?.map(|secret| secret.expose().to_owned());
    let mut listeners = Vec::new();
    let mut urls = Vec::new();
    for listen in [Some(args.listen), args.also_listen].into_iter().flatten() {
        let failed = |error: std::io::Error| {
            HarnessError::usage(format!("cannot listen on {listen}: {error}"))
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        urls.push(format!("http://{address}/webhook"));
        listeners.push(listener);
    }
    line(&format!("listening on {}", urls.join(BETWEEN_URLS)));
    let station = Station {
        listeners,
        secret,
        state: args.state.clone(),
    };
    let shutdown = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = asked_to_end() => {}
            () = parent_gone() => {}
        }
    };
    hamsa_zoo::serve_at(station, specimen, shutdown)
        .await
        .map_err(|error| HarnessError::Internal(error.to_string()))?;
    Ok(ExitCode::Conformant)
}

/// Resolves on SIGTERM.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => _ = terminate.recv().await,
        Err(_) => std::future::pending().await,
    }
}
