//! Which secret to use: an environment variable, a file, or, by name only, none.
//!
//! Who puts the secret itself where its place is asked for gets an error that does not repeat it.

use std::path::{Path, PathBuf};

use super::SettingsError;
use super::file::File;
use crate::ReceiverArgs;
use crate::auth::{AcceptList, Auth};
use crate::shown::is_secret;

/// Who may deliver, and the file that says so. Options beat the file as a whole: `--auth-env` is not in conflict with a file's `no_auth`.
pub(super) fn choose_auth(
    args: &ReceiverArgs,
    file: &File,
    env: impl Fn(&str) -> Option<String>,
) -> Result<(Auth, Option<PathBuf>), SettingsError> {
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
    let mut names = [option.0, stored.0].into_iter().flatten();
    let paths = [option.1, stored.1].into_iter().flatten();
    if !names.all(is_name) || paths.filter_map(Path::to_str).any(is_secret) {
        return Err(SettingsError::SecretAsOption);
    }
    match if option == (None, None, false) {
        stored
    } else {
        option
    } {
        (None, None, true) => Ok((Auth::Nobody, None)),
        (None, Some(path), false) => {
            Ok((Auth::Accept(accept_list_in(path)?), Some(path.to_owned())))
        }
        (name, None, false) => {
            let name = name.unwrap_or("WEBHOOK_SECRET");
            let origin = format!("environment variable {name}");
            let list = parsed(&env(name).unwrap_or_default(), origin)?;
            Ok((Auth::Accept(list), None))
        }
        _ => Err(SettingsError::TwoSources),
    }
}

/// The accepted secrets in a file, one per line.
pub(crate) fn accept_list_in(path: &Path) -> Result<AcceptList, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::SecretFile {
        path: path.to_owned(),
        source,
    })?;
    parsed(&text, format!("file {}", path.display()))
}

fn parsed(text: &str, origin: String) -> Result<AcceptList, SettingsError> {
    AcceptList::parse(text).map_err(|source| SettingsError::Secret { origin, source })
}

/// Whether a text can be the name of an environment variable; a full secret, which has a blank, cannot.
pub(crate) fn is_name(text: &str) -> bool {
    let is_start = |first: char| first.is_ascii_alphabetic() || first == '_';
    text.starts_with(is_start) && text.chars().all(|c| is_start(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use crate::{ReceiverArgs, Settings};

    const SECRET: &str = "Bearer 0123456789abcdefghij";

    fn message(args: &ReceiverArgs, env: impl Fn(&str) -> Option<String>) -> String {
        Settings::resolve(args, env).unwrap_err().to_string()
    }

    #[test]
    fn no_error_shows_the_secret() {
        let bad = |_: &str| Some("Bearer short-secret".to_owned());
        assert!(!message(&ReceiverArgs::default(), bad).contains("short-secret"));
        for misplaced in [
            SECRET,
            &SECRET[7..],
            "Bearer\u{a0}0123456789",
            "a-0123456789",
            "",
        ] {
            let args = ReceiverArgs {
                auth_env: Some(misplaced.to_owned()),
                ..ReceiverArgs::default()
            };
            let message = message(&args, |_| None);
            assert!(message.contains("change it"), "{message}");
            assert!(!message.contains("0123456789"), "{message}");
        }
    }

    #[test]
    fn the_settings_file_is_watched_too() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("receiver.toml");
        for text in [
            format!("auth_env = \"{SECRET}\""),
            format!("auth_env = \"{}\"", &SECRET[7..]),
            format!("auth_file = \"{SECRET}\""),
            format!("path = \"{SECRET}\""),
            format!("store = \"{SECRET}\""),
            "store = \"mysql://u:0123456789@db\"".to_owned(),
            format!("secret = \"{SECRET}\""),
        ] {
            std::fs::write(&config, &text).unwrap();
            let args = ReceiverArgs {
                config: Some(config.clone()),
                ..ReceiverArgs::default()
            };
            let env = |name: &str| (name == "WEBHOOK_SECRET").then(|| SECRET.to_owned());
            let message = message(&args, env);
            assert!(!message.contains("0123456789"), "{text}: {message}");
            let is_told = message.contains("change it");
            assert_eq!(is_told, text.starts_with("auth_"), "{text}: {message}");
        }
    }
}
