//! A whole receiver process: settings, listener, ready line, signals.

use std::io::Write;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::rotation::Rotation;
use crate::{ReceiverArgs, ServeError, Settings, SettingsError, descriptors, serve, telemetry};

/// Why a receiver process ended before it was told to, or not in order.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings are unusable.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address cannot be listened on, or a signal not be waited for.
    #[error("failed to {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Serving failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl RunError {
    /// 2 for what the user can correct in the settings, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Serve(ServeError::Settings(_)) => 2,
            Self::Io { .. } | Self::Serve(_) => 1,
        }
    }
}

/// Runs a receiver until SIGTERM or SIGINT. When it is ready it prints one line, `listening on URL`, to stdout.
///
/// SIGHUP reads the files with secrets again. Logs go to stderr. The secret is read from the process environment or a file, as the options say.
///
/// # Errors
///
/// [`RunError`]; see [`RunError::exit_code`].
pub async fn run(args: &ReceiverArgs) -> Result<(), RunError> {
    let settings = Settings::resolve(args, |name| std::env::var(name).ok())?;
    let _last_lines = telemetry::init(settings.log_level, settings.log_format);
    descriptors::raise_limit();

    let failed = |doing: String| move |source| RunError::Io { doing, source };
    // Before the ready line, so that a signal sent right after it is not missed.
    let mut terminate =
        signal(SignalKind::terminate()).map_err(failed("wait for SIGTERM".into()))?;
    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(failed("wait for SIGINT".into()))?;
    let mut hangup = signal(SignalKind::hangup()).map_err(failed("wait for SIGHUP".into()))?;
    let rotation = Rotation::start(&settings).map_err(failed("watch files for changes".into()))?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(failed(format!("listen on {}", settings.listen)))?;
    let address = listener
        .local_addr()
        .map_err(failed("ask for the address".into()))?;

    let scheme = settings.transport.scheme();
    let url = format!("{scheme}://{address}{}", settings.path);
    let shutdown = async move {
        // The store is open when serving starts; only then is the receiver ready.
        announce(&url);
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                Some(()) = hangup.recv() => rotation.read_again(),
            }
        }
        tracing::info!("stopping");
    };
    Ok(serve(listener, settings, shutdown).await?)
}

/// Prints the ready line. A reader that went away is no reason not to serve.
fn announce(url: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "listening on {url}").and_then(|()| stdout.flush());
}
