//! The one place that knows what the target words `reference` and `zoo:NAME` stand for. What it
//! returns is a URL, a secret and a probe, as for anyone's receiver.

use super::child::ChildReceiver;
use super::settings::{Credentials, Given};
use crate::error::HarnessError;
use crate::hooks::{Hook, Hooks, Rotation, Switch};
use crate::secret::{Secret, SecretError};
use crate::sender::Target;

/// A receiver that can be sent to.
pub(super) struct Receiver {
    pub(super) target: Target,
    pub(super) secret: Option<Secret>,
    /// The probe that comes with it.
    pub(super) effects: Option<String>,
    /// The hooks that come with it.
    pub(super) hooks: Option<Hooks>,
    /// The process of a receiver that we started.
    pub(super) child: Option<ChildReceiver>,
}

/// Finds or starts the receiver.
pub(super) async fn receiver(
    given: &Given,
    credentials: &Credentials,
) -> Result<Receiver, HarnessError> {
    match given {
        Given::Url(target) => Ok(Receiver {
            target: target.clone(),
            secret: secret(credentials)?,
            effects: None,
            hooks: None,
            child: None,
        }),
        Given::Reference => {
            let args = [
                "serve-reference",
                "--store",
                "sqlite:hamsa.db",
                "--expose-effects",
                // Repeated runs send more wrong tokens in a minute than a stranger may.
                "--unauthenticated-per-minute",
                "0",
            ];
            started(&args, &["--listen"], |_| Hooks::default()).await
        }
        Given::Zoo(specimen) => {
            let args = [
                "zoo",
                "serve",
                "--mutant",
                specimen.name(),
                "--state",
                "zoo.ndjson",
            ];
            started(&args, &["--listen", "--also-listen"], switches).await
        }
    }
}

/// The switches that every inhabitant of the zoo has.
fn switches(target: &Target) -> Hooks {
    let switch = |on: &str, off: &str| {
        let post = |word| Hook::parse(&format!("http://{}/zoo/{word}", target.authority()));
        Some(Switch {
            on: post(on),
            off: post(off),
        })
    };
    Hooks {
        slow: switch("slow-on", "slow-off"),
        fault: switch("fault-on", "fault-off"),
        store: switch("store-down", "store-up"),
        disk: switch("disk-full", "disk-free"),
        ..Hooks::default()
    }
}

async fn started(
    args: &[&str],
    options: &[&str],
    hooks: impl FnOnce(&Target) -> Hooks,
) -> Result<Receiver, HarnessError> {
    let secret = Secret::random();
    let child = ChildReceiver::start(args, options, &secret).await?;
    let target = child.target.clone();
    let effects = format!("http://{}/effects?prefix={{prefix}}", target.authority());
    let hooks = Hooks {
        rotation: Some(Rotation::File(child.secret_file())),
        ..hooks(&target)
    };
    Ok(Receiver {
        target,
        secret: Some(secret),
        effects: Some(effects),
        hooks: Some(hooks),
        child: Some(child),
    })
}

/// Reads the secret from where the user says it is; never from the command line.
pub(super) fn secret(credentials: &Credentials) -> Result<Option<Secret>, HarnessError> {
    let (text, place) = match credentials {
        Credentials::None => return Ok(None),
        Credentials::Env(name) => {
            let text = std::env::var(name).map_err(|_| {
                HarnessError::usage(format!(
                    "the environment variable {name} is not set: it holds the full Authorization \
                     header value (`Bearer` and the token); or name another with --auth-env, a file \
                     with --auth-file, or say --no-auth"
                ))
            })?;
            (text, format!("the environment variable {name}"))
        }
        Credentials::File(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| HarnessError::usage(format!("{}: {error}", path.display())))?;
            (text, path.display().to_string())
        }
    };
    Secret::parse(&text)
        .map(Some)
        .map_err(|error: SecretError| HarnessError::usage(format!("{place}: {error}")))
}
