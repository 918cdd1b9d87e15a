//! Hooks: how the user makes something around the receiver misbehave for the length of a case.
//!
//! A hook is a shell command, or a URL that gets a POST, which is what fault injection proxies
//! have. Without a hook the cases that need it do not run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use url::Url;

use crate::secret::Secret;
use crate::sender::TlsSetup;
use crate::shell;

/// How long a hook may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Bytes that a hook may print; nobody reads them.
const OUTPUT: usize = 1 << 20;
/// Characters of a complaint that are shown.
const SHOWN: usize = 200;
/// The environment variable in which a rotation command finds the next Authorization value.
const NEXT_SECRET: &str = "NEXT_WEBHOOK_SECRET";

/// What misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookKind {
    /// Something that the receiver needs takes eight seconds or more.
    Slow,
    /// The work on an event fails.
    Fault,
    /// The store cannot be reached.
    Store,
    /// The store cannot be written to.
    Disk,
    /// The secret is replaced.
    Rotation,
}

impl HookKind {
    /// The options that give this hook.
    pub const fn options(self) -> &'static str {
        match self {
            Self::Slow => "--slow-on and --slow-off",
            Self::Fault => "--fault-on and --fault-off",
            Self::Store => "--store-down and --store-up",
            Self::Disk => "--disk-full and --disk-free",
            Self::Rotation => "--rotate",
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone)]
pub enum Hook {
    /// A shell command.
    Command(String),
    /// A POST without a body.
    Post(Url),
}

/// Begins and ends a fault.
#[derive(Debug, Clone)]
pub struct Switch {
    /// Begins it.
    pub on: Hook,
    /// Ends it.
    pub off: Hook,
}

/// How the receiver gets another secret.
#[derive(Debug, Clone)]
pub enum Rotation {
    /// A shell command that finds the next value in `NEXT_WEBHOOK_SECRET`.
    Command(String),
    /// The receiver reads this file again when it changes.
    File(PathBuf),
}

/// Every hook that was given.
#[derive(Debug, Clone, Default)]
pub struct Hooks {
    /// A slow dependency.
    pub slow: Option<Switch>,
    /// Work that fails.
    pub fault: Option<Switch>,
    /// A store that cannot be reached.
    pub store: Option<Switch>,
    /// A store that cannot be written to.
    pub disk: Option<Switch>,
    /// Another secret.
    pub rotation: Option<Rotation>,
    /// How long the receiver declares to accept the former secret too.
    pub rotation_overlap: Duration,
}

/// A hook that did not do its work. Says nothing about the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the hook `{hook}` failed: {why}")]
pub struct HookError {
    hook: String,
    why: String,
}

impl Hooks {
    /// True when there is a hook of this kind.
    pub fn has(&self, kind: HookKind) -> bool {
        match kind {
            HookKind::Rotation => self.rotation.is_some(),
            HookKind::Slow | HookKind::Fault | HookKind::Store | HookKind::Disk => {
                self.switch(kind).is_some()
            }
        }
    }

    /// The switch of this kind, if there is one.
    pub fn switch(&self, kind: HookKind) -> Option<&Switch> {
        match kind {
            HookKind::Slow => self.slow.as_ref(),
            HookKind::Fault => self.fault.as_ref(),
            HookKind::Store => self.store.as_ref(),
            HookKind::Disk => self.disk.as_ref(),
            HookKind::Rotation => None,
        }
    }
}

impl Hook {
    /// The hook that an option names: a URL is posted to, everything else is a command.
    pub fn parse(text: &str) -> Self {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Post(url),
            _ => Self::Command(text.to_owned()),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// When the command fails, the answer is no success, or neither ends in time.
    pub async fn run(&self, tls: &TlsSetup) -> Result<(), HookError> {
        match self {
            Self::Command(command) => run(command, None).await,
            Self::Post(url) => post(url, tls).await,
        }
        .map_err(|why| HookError {
            hook: self.shown(),
            why,
        })
    }

    fn shown(&self) -> String {
        match self {
            Self::Command(command) => command.clone(),
            Self::Post(url) => {
                let port = url
                    .port()
                    .map(|port| format!(":{port}"))
                    .unwrap_or_default();
                let host = url.host_str().unwrap_or_default();
                format!("{}://{host}{port}{}", url.scheme(), url.path())
            }
        }
    }
}

impl Rotation {
    /// Gives the receiver another secret.
    ///
    /// # Errors
    /// When the command fails or does not end in time, or the file cannot be written.
    pub async fn rotate_to(&self, next: &Secret) -> Result<(), HookError> {
        let (hook, done) = match self {
            Self::Command(command) => (command.clone(), run(command, Some(next)).await),
            Self::File(path) => (path.display().to_string(), replace(path, next)),
        };
        done.map_err(|why| HookError { hook, why })
    }
}

/// Replaces the file at once: a receiver never reads half a secret.
fn replace(path: &Path, next: &Secret) -> Result<(), String> {
    let beside = path.with_extension("next");
    std::fs::write(&beside, next.expose())
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| error.to_string())
}

async fn run(text: &str, next: Option<&Secret>) -> Result<(), String> {
    let variables: Vec<_> = next
        .map(|next| (NEXT_SECRET, next.expose()))
        .into_iter()
        .collect();
    let ended = tokio::time::timeout(LIMIT, shell::run(text, &variables, OUTPUT))
        .await
        .map_err(|_| format!("no end after {LIMIT:?}"))?
        .map_err(|error| error.to_string())?;
    if ended.status.success() {
        return Ok(());
    }
    // The command was given a secret and may have printed it.
    match next {
        Some(_) => Err(ended.status.to_string()),
        None => {
            let said = String::from_utf8_lossy(&ended.complaint);
            let said: String = said.trim().chars().take(SHOWN).collect();
            Err(format!("{}: {said}", ended.status))
        }
    }
}

async fn post(url: &Url, tls: &TlsSetup) -> Result<(), String> {
    let config = tls.config().map_err(|error| error.to_string())?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config.as_ref().clone())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LIMIT)
        .build()
        .map_err(|error| error.to_string())?;
    let answer = client
        .post(url.clone())
        .send()
        .await
        .map_err(|error| error.without_url().to_string())?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("status {}", status.as_u16())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender::TlsOptions;

    async fn run(hook: &str) -> Result<(), HookError> {
        let tls = TlsSetup::new(TlsOptions::default()).unwrap();
        Hook::parse(hook).run(&tls).await
    }

    #[tokio::test]
    async fn a_command_that_fails_says_what_it_said() {
        let error = run("echo no such proxy >&2; exit 3").await;
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("no such proxy") && error.contains('3'),
            "{error}"
        );
        assert_eq!(run("true").await, Ok(()));
    }

    #[tokio::test]
    async fn the_next_secret_is_in_the_environment_and_in_no_message() {
        let next = Secret::random();
        let command = format!("test \"${NEXT_SECRET}\" = '{}'", next.expose());
        assert_eq!(Rotation::Command(command).rotate_to(&next).await, Ok(()));
        let loud = Rotation::Command(format!("echo \"${NEXT_SECRET}\" >&2; exit 1"));
        let error = loud.rotate_to(&next).await.unwrap_err().to_string();
        assert!(!error.contains(next.expose()), "{error}");
    }

    #[tokio::test]
    async fn a_secret_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let next = Secret::random();
        Rotation::File(path.clone()).rotate_to(&next).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), next.expose());
    }

    #[tokio::test]
    async fn a_url_is_posted_to() {
        let server = wiremock::MockServer::start().await;
        wiremock::Mock::given(wiremock::matchers::method("POST"))
            .and(wiremock::matchers::path("/on"))
            .respond_with(wiremock::ResponseTemplate::new(204))
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(run(&format!("{}/on", server.uri())).await, Ok(()));
        let error = run(&format!("{}/off", server.uri())).await;
        assert!(error.unwrap_err().to_string().contains("404"));
    }
}
