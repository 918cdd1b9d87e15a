//! From settings to control over the receiver's process, and its other URLs.

use std::net::SocketAddr;
use std::time::Duration;

use super::settings::{Means, ProcessSettings};
use super::target::Receiver;
use crate::error::HarnessError;
use crate::process::{Launch, ProcessControl, ProcessError};
use crate::sender::Connector;

/// How long a receiver that is started may take to listen.
pub(super) const USUAL_WAIT: Duration = Duration::from_secs(30);

/// The environment variable in which a receiver that is started finds where to post its effects.
const EFFECT_SINK: &str = "HARNESS_EFFECT_SINK";

/// Control over the process, by the user's means or because it is our child.
pub(super) fn control(
    settings: &ProcessSettings,
    receiver: &Receiver,
    addresses: &[SocketAddr],
    sink: Option<&str>,
    wait: Option<Duration>,
) -> Option<ProcessControl> {
    let wait = wait.unwrap_or(USUAL_WAIT);
    match &settings.means {
        Means::None => receiver.child.as_ref().map(|child| child.process.clone()),
        Means::Spawn(line) => {
            let mut launch = Launch::shell(line);
            if let Some(url) = sink {
                launch = launch.with(EFFECT_SINK, url);
            }
            Some(ProcessControl::spawning(launch, addresses.to_vec(), wait))
        }
        Means::Commands { kill, restart } => {
            let (kill, restart) = (kill.clone(), restart.clone());
            let addresses = addresses.to_vec();
            Some(ProcessControl::by_commands(kill, restart, addresses, wait))
        }
    }
}

/// Connectors to the receiver's other URLs, alike in all but the address.
pub(super) async fn others(
    settings: &ProcessSettings,
    receiver: &Receiver,
    first: &Connector,
) -> Vec<Connector> {
    let mut others = Vec::new();
    let own = receiver.child.iter().flat_map(|child| &child.also);
    for target in settings.also.iter().chain(own) {
        others.push(Connector {
            target: target.clone(),
            addresses: target.resolve().await.unwrap_or_default(),
            ..first.clone()
        });
    }
    others
}

/// A receiver that does not start leaves nothing to judge.
pub(super) fn not_started(error: &ProcessError) -> HarnessError {
    let remedy = match error {
        ProcessError::Occupied => "end what listens there, or leave --spawn out",
        ProcessError::NeverListened { .. } => {
            "check that the command listens where the URL says; --wait 60s waits longer"
        }
        _ => "run the command by itself: it has to stay in the foreground and listen at the URL",
    };
    HarnessError::no_verdict(format!("--spawn: {error}"), remedy)
}
