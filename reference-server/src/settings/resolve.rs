//! Where settings come from: options, environment, a TOML file, defaults.
//!
//! The file has closed keys: a misspelt one is an error, not a default. Secrets are named by the
//! settings (an environment variable or a file) and read here once; they never stand in the TOML.

use std::time::Duration;

use super::file::File;
use super::secret::choose_auth;
use super::{Settings, SettingsError};
use crate::transport::Transport;
use crate::{ReceiverArgs, extras};

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
        let (auth, auth_file) = choose_auth(args, &file, &env)?;
        let mut own = Self::new(auth);
        own.auth_file = auth_file;
        let expose = args.expose_effects.or(file.expose_effects).unwrap_or(false);
        replace(&mut own.listen, args.listen.or(file.listen));
        replace(&mut own.path, args.path.clone().or(file.path));
        own.keep(args.store.clone().or(file.store), file.retention_hours)?;
        replace(&mut own.workers, args.workers.or(file.workers));
        replace(&mut own.allow, file.allow);
        replace(&mut own.trusted_proxies, file.trusted_proxies);
        replace(
            &mut own.unauthenticated_per_minute,
            args.unauthenticated_per_minute
                .or(file.unauthenticated_per_minute),
        );
        let cert = args.tls_cert.clone().or(file.tls_cert);
        let key = args.tls_key.clone().or(file.tls_key);
        replace(
            &mut own.transport,
            match (cert, key) {
                (None, None) => None,
                (Some(cert), Some(key)) => Some(Transport::tls(&cert, &key)?),
                (Some(_), None) | (None, Some(_)) => return Err(SettingsError::HalfTls),
            },
        );
        replace(&mut own.body_limit, file.body_limit_bytes);
        replace(
            &mut own.body_time,
            file.body_seconds.map(Duration::from_secs),
        );
        replace(
            &mut own.head_time,
            file.head_seconds.map(Duration::from_secs),
        );
        replace(&mut own.max_connections, file.max_connections);
        replace(
            &mut own.max_connections_per_client,
            file.max_connections_per_client,
        );
        replace(&mut own.lease, file.lease_seconds.map(Duration::from_secs));
        replace(&mut own.retry.attempts, file.attempts);
        replace(
            &mut own.retry.backoff,
            file.backoff_ms.map(Duration::from_millis),
        );
        own.manage = args.manage.or(file.manage);
        if let Some(table) = file.sinks {
            own.sinks = extras::sinks(table, &mut own.sink_retry, &env)?;
        }
        replace(
            &mut own.shutdown_grace,
            file.shutdown_seconds.map(Duration::from_secs),
        );
        replace(
            &mut own.log_level,
            word("HAMSA_LOG", "off, error, warn, info or debug", &env)?.or(file.log),
        );
        replace(
            &mut own.log_format,
            word("HAMSA_LOG_FORMAT", "text or json", &env)?.or(file.log_format),
        );
        own.expose_effects = expose;
        own.checked()
    }

    /// Where events are kept, and for how long.
    pub(super) fn keep(
        &mut self,
        store: Option<String>,
        hours: Option<u64>,
    ) -> Result<(), SettingsError> {
        let store = store.map(|store| store.parse()).transpose()?;
        replace(&mut self.store, store);
        let retention = hours.map(|hours| Duration::from_secs(hours.saturating_mul(3_600)));
        replace(&mut self.retention, retention);
        Ok(())
    }
}

fn replace<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

fn word<T: serde::de::DeserializeOwned>(
    name: &'static str,
    expected: &'static str,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<T>, SettingsError> {
    let Some(value) = env(name) else {
        return Ok(None);
    };
    serde_json::from_value(serde_json::Value::from(value.as_str()))
        .map(Some)
        .map_err(|_| SettingsError::Variable { name, expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Auth;
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
    fn an_option_shuts_the_effects_that_the_file_opens() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            receiver: ReceiverArgs,
        }
        for (option, expected) in [
            (None, true),
            (Some("--expose-effects"), true),
            (Some("--expose-effects=1"), true),
            (Some("--expose-effects=false"), false),
        ] {
            let line = ["receiver"].into_iter().chain(option);
            let (_dir, from_file) = file("expose_effects = true");
            let args = ReceiverArgs {
                config: from_file.config,
                ..<Line as clap::Parser>::parse_from(line).receiver
            };
            let settings = Settings::resolve(&args, with_secret).unwrap();
            assert_eq!(settings.expose_effects, expected, "{option:?}");
        }
    }

    #[test]
    fn unknown_keys_and_words_are_named() {
        let (_dir, args) = file("lisen = \"127.0.0.1:1\"");
        assert!(message(&args, with_secret).contains("lisen"));
        let (_dir, args) = file("store = \"mysql://localhost\"");
        assert!(message(&args, with_secret).contains("mysql"));
        let loud = |name: &str| Some(if name == "HAMSA_LOG" { "loud" } else { SECRET }.to_owned());
        let message = message(&ReceiverArgs::default(), loud);
        assert!(
            message.contains("HAMSA_LOG") && message.contains("debug"),
            "{message}"
        );
    }

    #[test]
    fn numbers_that_are_slips_are_refused() {
        for (text, said) in [
            ("workers = 1025", "at most 1024"),
            ("attempts = 0", "at least once"),
            ("max_connections = 0", "nobody could deliver"),
            ("retention_hours = 23", "at least 24 hours"),
            ("lease_seconds = 0", "at least some time"),
        ] {
            let (_dir, args) = file(text);
            assert!(message(&args, with_secret).contains(said), "{text}");
        }
    }

    #[test]
    fn open_effects_off_loopback_are_refused() {
        let listen = Some("0.0.0.0:0".parse().unwrap());
        let args = ReceiverArgs {
            listen,
            no_auth: true,
            expose_effects: Some(true),
            ..ReceiverArgs::default()
        };
        assert!(matches!(
            Settings::resolve(&args, |_| None),
            Err(SettingsError::OpenEffects)
        ));
    }

    #[test]
    fn management_is_refused_where_it_would_be_open_or_is_not_built_in() {
        let resolved = |address: &str, no_auth| {
            let args = ReceiverArgs {
                manage: Some(address.parse().unwrap()),
                no_auth,
                ..ReceiverArgs::default()
            };
            Settings::resolve(&args, with_secret)
        };
        if cfg!(feature = "manage") {
            assert!(resolved("127.0.0.1:0", true).is_ok());
            assert!(resolved("0.0.0.0:0", false).is_ok());
            let open = resolved("0.0.0.0:0", true);
            assert!(matches!(open, Err(SettingsError::OpenManage)), "{open:?}");
        } else {
            let missing = resolved("127.0.0.1:0", false).unwrap_err().to_string();
            assert!(
                missing.contains("without the feature `manage`"),
                "{missing}"
            );
        }
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
