//! `zoo`: the receivers that the harness proves itself on.

use std::sync::Arc;
use std::time::Duration;

use hamsa_zoo::{Expect, Secrets, Station, controls, mutants, specimen};
use tokio::net::TcpListener;
use tokio::sync::watch;

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
    let credentials = match &args.auth_file {
        _ if args.no_auth => Credentials::None,
        Some(path) => Credentials::File(path.clone()),
        None => Credentials::Env(args.auth_env.clone()),
    };
    let first = secret(&credentials)?.map(|secret| secret.expose().to_owned());
    let (replace, secrets) = Secrets::replaceable(first);
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
        secrets,
        state: args.state.clone(),
    };
    let shutdown = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = asked_to_end() => {}
            () = parent_gone() => {}
            () = follow(&credentials, &replace) => {}
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

/// How soon a replaced file is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Reads a file with the secret again and again, for ever. One that cannot be read changes nothing.
async fn follow(credentials: &Credentials, replace: &watch::Sender<Option<Arc<str>>>) {
    if !matches!(credentials, Credentials::File(_)) {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Ok(Some(now)) = secret(credentials) {
            replace.send_if_modified(|held| {
                let is_new = held.as_deref() != Some(now.expose());
                if is_new {
                    *held = Some(Arc::from(now.expose()));
                }
                is_new
            });
        }
    }
}
