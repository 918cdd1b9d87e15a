//! Where settings come from: options, environment, a TOML file, defaults.
//!
//! The file has closed keys: a misspelt one is an error, not a default. Secrets are named by the
//! settings (an environment variable or a file) and read here once; they never stand in the TOML.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{Settings, SettingsError};
use crate::ReceiverArgs;
use crate::allowlist::Allowlist;
use crate::auth::{AcceptList, Auth};
use crate::telemetry::{LogFormat, LogLevel};

impl Settings {
    /// Merges options (clap has already put the environment behind them), settings file and defaults.
    ///
    /// `env` reads one environment variable.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the offending key, file or variable. No secret configured is one,
    /// unless `noAuth` was chosen by name (D-01).
    pub fn resolve(
        args: &ReceiverArgs,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let file = args
            .config
            .as_deref()
            .map(File::read)
            .transpose()?
            .unwrap_or_default();
        let mut own = Self::new(choose_auth(args, &file, &env)?);
        let expose = args.expose_effects || file.expose_effects.unwrap_or(false);
        replace(&mut own.listen, args.listen.or(file.listen));
        replace(&mut own.path, args.path.clone().or(file.path));
        let store = args.store.clone().or(file.store);
        replace(
            &mut own.store,
            store.map(|store| store.parse()).transpose()?,
        );
        replace(&mut own.workers, args.workers.or(file.workers));
        replace(&mut own.allow, file.allow);
        replace(&mut own.body_limit, file.body_limit_bytes);
        replace(
            &mut own.body_time,
            file.body_seconds.map(Duration::from_secs),
        );
        replace(&mut own.retry.attempts, file.attempts);
        replace(
            &mut own.retry.backoff,
            file.backoff_ms.map(Duration::from_millis),
        );
        replace(
            &mut own.shutdown_grace,
            file.shutdown_seconds.map(Duration::from_secs),
        );
        replace(&mut own.log_level, word("HAMSA_LOG", &env)?.or(file.log));
        replace(
            &mut own.log_format,
            word("HAMSA_LOG_FORMAT", &env)?.or(file.log_format),
        );
        own.expose_effects = expose;
        own.checked()
    }
}

/// The settings file. Each key is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    path: Option<String>,
    store: Option<String>,
    auth_env: Option<String>,
    auth_file: Option<PathBuf>,
    no_auth: Option<bool>,
    expose_effects: Option<bool>,
    workers: Option<usize>,
    allow: Option<Allowlist>,
    body_limit_bytes: Option<usize>,
    body_seconds: Option<u64>,
    attempts: Option<u32>,
    backoff_ms: Option<u64>,
    shutdown_seconds: Option<u64>,
    log: Option<LogLevel>,
    log_format: Option<LogFormat>,
}

impl File {
    fn read(path: &Path) -> Result<Self, SettingsError> {
        let path_buf = || path.to_owned();
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path_buf(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| SettingsError::File {
            path: path_buf(),
            source: Box::new(source),
        })
    }
}

fn replace<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn word<T: serde::de::DeserializeOwned>(
    name: &'static str,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<T>, SettingsError> {
    let Some(value) = env(name) else {
        return Ok(None);
    };
    serde_json::from_value(serde_json::Value::from(value.as_str()))
        .map(Some)
        .map_err(|_| SettingsError::Variable { name, value })
}

/// Options beat the file as a whole: `--auth-env` is not in conflict with a file's `no_auth`.
fn choose_auth(
    args: &ReceiverArgs,
    file: &File,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Auth, SettingsError> {
    let option = (
        args.auth_env.as_deref(),
        args.auth_file.as_deref(),
        args.no_auth,
    );
    let stored = (
        file.auth_env.as_deref(),
        file.auth_file.as_deref(),
        file.no_auth.unwrap_or(false),
    );
    let looks_like_secret = |name: &str| {
        name.get(..7)
            .is_some_and(|s| s.eq_ignore_ascii_case("bearer "))
    };
    if option.0.is_some_and(looks_like_secret)
        || option
            .1
            .and_then(Path::to_str)
            .is_some_and(looks_like_secret)
    {
        return Err(SettingsError::SecretAsOption);
    }
    let (text, origin) = match if option == (None, None, false) {
        stored
    } else {
        option
    } {
        (None, None, true) => return Ok(Auth::Nobody),
        (None, Some(path), false) => {
            let text =
                std::fs::read_to_string(path).map_err(|source| SettingsError::SecretFile {
                    path: path.to_owned(),
                    source,
                })?;
            (text, format!("file {}", path.display()))
        }
        (name, None, false) => {
            let name = name.unwrap_or("WEBHOOK_SECRET");
            (
                env(name).unwrap_or_default(),
                format!("environment variable {name}"),
            )
        }
        _ => return Err(SettingsError::TwoSources),
    };
    AcceptList::parse(&text)
        .map(Auth::Accept)
        .map_err(|source| SettingsError::Secret { origin, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreTarget;

    const SECRET: &str = "Bearer 0123456789abcdefghij";

    fn with_secret(name: &str) -> Option<String> {
        (name == "WEBHOOK_SECRET").then(|| SECRET.to_owned())
    }

    fn file(text: &str) -> (tempfile::TempDir, ReceiverArgs) {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("receiver.toml");
        std::fs::write(&config, text).unwrap();
        (
            dir,
            ReceiverArgs {
                config: Some(config),
                ..ReceiverArgs::default()
            },
        )
    }

    fn message(args: &ReceiverArgs, env: impl Fn(&str) -> Option<String>) -> String {
        Settings::resolve(args, env).unwrap_err().to_string()
    }

    #[test]
    fn defaults_need_only_a_secret() {
        let settings = Settings::resolve(&ReceiverArgs::default(), with_secret).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.path, "/webhook");
        assert_eq!(settings.store, StoreTarget::Sqlite("hamsa.db".into()));
        assert!(!settings.expose_effects);
    }

    #[test]
    fn no_secret_fails_closed_and_no_auth_is_a_choice() {
        assert!(message(&ReceiverArgs::default(), |_| None).contains("WEBHOOK_SECRET"));
        let args = ReceiverArgs {
            no_auth: true,
            ..ReceiverArgs::default()
        };
        assert!(matches!(
            Settings::resolve(&args, |_| None).unwrap().auth,
            Auth::Nobody
        ));
    }

    #[test]
    fn option_beats_file_beats_default() {
        let (_dir, mut args) = file("listen = \"127.0.0.1:1\"\npath = \"/a\"\nno_auth = true");
        args.path = Some("/b".to_owned());
        let settings = Settings::resolve(&args, |_| None).unwrap();
        assert_eq!((settings.listen.port(), settings.path.as_str()), (1, "/b"));
        args.auth_env = Some("WEBHOOK_SECRET".to_owned());
        assert!(matches!(
            Settings::resolve(&args, with_secret).unwrap().auth,
            Auth::Accept(_)
        ));
    }

    #[test]
    fn unknown_keys_and_words_are_named() {
        let (_dir, args) = file("lisen = \"127.0.0.1:1\"");
        assert!(message(&args, with_secret).contains("lisen"));
        let (_dir, args) = file("store = \"postgres://localhost\"");
        assert!(message(&args, with_secret).contains("postgres"));
        let loud = |name: &str| Some(if name == "HAMSA_LOG" { "loud" } else { SECRET }.to_owned());
        assert!(message(&ReceiverArgs::default(), loud).contains("loud"));
    }

    #[test]
    fn no_error_shows_the_secret() {
        let bad = |_: &str| Some("Bearer short-secret".to_owned());
        assert!(!message(&ReceiverArgs::default(), bad).contains("short-secret"));
        let misplaced = Some(SECRET.to_owned());
        let args = ReceiverArgs {
            auth_env: misplaced,
            ..ReceiverArgs::default()
        };
        assert!(!message(&args, |_| None).contains(SECRET));
        let (_dir, args) = file("store = \"postgres://u:hunter2@db\"");
        assert!(!message(&args, with_secret).contains("hunter2"));
    }

    #[test]
    fn open_effects_off_loopback_are_refused() {
        let listen = Some("0.0.0.0:0".parse().unwrap());
        let args = ReceiverArgs {
            listen,
            no_auth: true,
            expose_effects: true,
            ..ReceiverArgs::default()
        };
        assert!(matches!(
            Settings::resolve(&args, |_| None),
            Err(SettingsError::OpenEffects)
        ));
    }

    #[test]
    fn paths_that_cannot_be_routed_are_refused() {
        for path in [
            "", "webhook", "/{x}", "/a b", "/effects", "/calls/x", "/readyz",
        ] {
            let args = ReceiverArgs {
                path: Some(path.to_owned()),
                ..ReceiverArgs::default()
            };
            assert!(matches!(
                Settings::resolve(&args, with_secret),
                Err(SettingsError::Path(_))
            ));
        }
    }
}
