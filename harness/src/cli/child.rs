//! Receivers that the harness starts itself: child processes of the same executable, so that they
//! can die, be killed and be measured like anyone's.

use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use super::output::diagnostic;
use crate::error::HarnessError;
use crate::process::{Launch, ProcessControl, ProcessError};
use crate::secret::Secret;
use crate::sender::Target;

/// How long a receiver may take to say that it listens.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Ports that children listen on.
const PORTS: Range<u16> = 16_000..32_000;
/// How often a child is started before it is given up.
const STARTS: usize = 3;
/// How many ports are tried.
const PICKS: usize = 100;

/// Tells a child that its standard input stands for its parent's life.
const MARK: &str = "HAMSA_CHILD";

/// What a child writes to standard error, in its own folder.
const LOG_FILE: &str = "log";
/// Where a child finds its secret: in its own folder, which nobody else may enter.
const SECRET_FILE: &str = "secret";
/// What stands between the URLs of a receiver that has several.
pub(super) const BETWEEN_URLS: &str = " and ";

/// A receiver process. It ends with this value, and with this process however that ends: its
/// standard input is a pipe from here, and it stops when the pipe closes.
pub(super) struct ChildReceiver {
    pub(super) process: ProcessControl,
    pub(super) target: Target,
    /// Its other URLs.
    pub(super) also: Vec<Target>,
    /// The file that it logs to.
    pub(super) log_file: PathBuf,
    /// Where its store is; it survives a restart.
    scratch: tempfile::TempDir,
}

impl ChildReceiver {
    /// Starts `hamsa-harness ARGS --listen ADDRESS`, with one option more for each further address,
    /// and waits for its `listening on URL` line. Once it has its ports it keeps them when it is
    /// started again.
    pub(super) async fn start(
        args: &[&str],
        options: &[&str],
        secret: &Secret,
    ) -> Result<Self, HarnessError> {
        let failed =
            |why: String| HarnessError::Internal(format!("cannot start a receiver: {why}"));
        let scratch = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
        std::fs::write(scratch.path().join(SECRET_FILE), secret.expose())
            .map_err(|error| failed(error.to_string()))?;
        let executable = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let log_file = scratch.path().join(LOG_FILE);
        let launch = |addresses: &[SocketAddr]| {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let listen = options.iter().zip(&addresses);
            let listen: Vec<&str> = listen.flat_map(|(name, at)| [*name, at.as_str()]).collect();
            let mut launch = Launch::new(
                &executable,
                &[args, &["--auth-file", SECRET_FILE], &listen].concat(),
            )
            .in_folder(scratch.path())
            .holding_input();
            // Settings that the user's environment holds for another receiver are not for this one.
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("HAMSA_") {
                    launch = launch.without(name);
                }
            }
            launch
                .with("HAMSA_LOG", "info")
                .with(MARK, "1")
                .logging_to(&log_file)
        };
        let again = |urls: &str| {
            let address = |url: &str| Target::parse(url).ok()?.authority().parse().ok();
            let addresses: Option<Vec<SocketAddr>> =
                urls.split(BETWEEN_URLS).map(address).collect();
            let addresses = addresses
                .ok_or_else(|| ProcessError::NotStarted(format!("it listens on `{urls}`")))?;
            Ok((launch(&addresses), addresses))
        };
        let mut tries = STARTS;
        let (process, urls) = loop {
            tries -= 1;
            let any: Vec<SocketAddr> = options.iter().map(|_| free_address()).collect();
            let first = launch(&any);
            let started = ProcessControl::announced(&first, "listening on ", START_LIMIT, &again);
            match started.await {
                Ok(started) => break started,
                // Somebody else may have taken a port in between.
                Err(_) if tries > 0 => {}
                Err(error) => return Err(failed(error.to_string())),
            }
        };
        let mut targets = urls
            .trim()
            .split(BETWEEN_URLS)
            .map(Target::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?
            .into_iter();
        let target = targets
            .next()
            .ok_or_else(|| failed("it has no URL".to_owned()))?;
        Ok(Self {
            log_file,
            process,
            target,
            also: targets.collect(),
            scratch,
        })
    }

    /// The file with its secret, which it reads again when it changes.
    pub(super) fn secret_file(&self) -> PathBuf {
        self.scratch.path().join(SECRET_FILE)
    }
}

/// A loopback address with a free port below those that the system gives to outgoing connections: one
/// of these must not take the port while the receiver that has it is being restarted.
fn free_address() -> SocketAddr {
    let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    let picked = std::iter::repeat_with(|| at(fastrand::u16(PORTS))).take(PICKS);
    // With none of them free, the system's choice is better than none.
    picked.into_iter().find(is_free).unwrap_or_else(|| at(0))
}

/// Resolves in a child when standard input closes, as it does when the parent has gone. Elsewhere
/// it never resolves: a receiver in the background often has no standard input at all.
pub(super) async fn parent_gone() {
    if std::env::var_os(MARK).is_none() {
        return std::future::pending().await;
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A thread of its own: tokio's stdin would keep the runtime from shutting down.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = sender.send(());
    });
    let _ = receiver.await;
}

/// The hidden command behind `run reference`.
pub(super) async fn serve_reference(args: &hamsa_reference_server::ReceiverArgs) -> u8 {
    tokio::select! {
        ended = hamsa_reference_server::run(args) => match ended {
            Ok(()) => 0,
            Err(error) => {
                diagnostic(&format!("error: {error}"));
                error.exit_code()
            }
        },
        () = parent_gone() => 0,
    }
}
