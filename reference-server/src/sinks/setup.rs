//! From the settings file's `[sinks]` table to the sinks. Keys are closed; secrets are named by environment variables and
//! never stand in the file, and no message repeats a value.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Table;

use super::analytics::Analytics;
use super::crm::Crm;
use super::email::Email;
use super::slack::Slack;
use crate::settings::{RetryPolicy, SettingsError, is_name, without_values};
use crate::sink::Sink;

/// Of one exchange. Two of them are a little less than the worker allows, so that the sink itself can say who did not answer.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The `[sinks]` table: what all of them share, and one table each.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    attempts: Option<u32>,
    backoff_ms: Option<u64>,
    timeout_ms: Option<u64>,
    crm: Option<Table>,
    analytics: Option<Table>,
    slack: Option<Table>,
    email: Option<Table>,
}

/// What a sink is set up with besides its own table.
pub(super) struct Setup<'a> {
    env: &'a dyn Fn(&str) -> Option<String>,
    /// For one exchange, connecting included.
    pub(super) timeout: Duration,
}

/// Why a sink cannot be set up. Messages name keys and variables, never values.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetupError {
    #[error("{0}")]
    Table(String),
    #[error("`{0}` must be the name of an environment variable (letters, digits, `_`)")]
    Name(&'static str),
    #[error("environment variable {0} is not set")]
    Unset(String),
    #[error("environment variable {0} holds something that no header can")]
    Token(String),
    #[error("{0} must be an http or https URL with a host and without a password")]
    Url(String),
    #[error("{0} would be sent in clear over a network; use https, or set `plain_http`")]
    Plain(String),
    #[error("failed to set up TLS: {0}")]
    Tls(String),
    #[error("`{0}` must hold e-mail addresses such as `Calls <calls@example.com>`")]
    Address(&'static str),
    #[error("`user` and `password_env` go together")]
    Credentials,
    #[error("`tls = \"none\"` is for a server on this machine")]
    PlainMail,
    #[error("`timeout_ms` must be between 1 and {}", LONGEST_TIMEOUT.as_millis())]
    Timeout,
}

/// The sinks that the table has, and their retries.
///
/// # Errors
///
/// [`SettingsError::Sinks`] names the table, and the key or variable.
pub(crate) fn configured(
    table: Table,
    retry: &mut RetryPolicy,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Arc<dyn Sink>>, SettingsError> {
    let file: File = read(table).map_err(within("sinks"))?;
    if let Some(attempts) = file.attempts {
        retry.attempts = attempts;
    }
    if let Some(backoff_ms) = file.backoff_ms {
        retry.backoff = Duration::from_millis(backoff_ms);
    }
    let timeout = Duration::from_millis(file.timeout_ms.unwrap_or(10_000));
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
        return Err(within("sinks")(SetupError::Timeout));
    }
    let setup = Setup { env, timeout };
    let sinks = [
        opened("sinks.crm", file.crm, |own| Crm::open(own, &setup))?,
        opened("sinks.analytics", file.analytics, |own| {
            Analytics::open(own, &setup)
        })?,
        opened("sinks.slack", file.slack, |own| Slack::open(own, &setup))?,
        opened("sinks.email", file.email, |own| Email::open(own, &setup))?,
    ];
    Ok(sinks.into_iter().flatten().collect())
}

fn opened<Own: DeserializeOwned, S: Sink + 'static>(
    name: &str,
    table: Option<Table>,
    open: impl FnOnce(Own) -> Result<S, SetupError>,
) -> Result<Option<Arc<dyn Sink>>, SettingsError> {
    let Some(table) = table else {
        return Ok(None);
    };
    let sink = read(table).and_then(open).map_err(within(name))?;
    Ok(Some(Arc::new(sink)))
}

fn read<T: DeserializeOwned>(table: Table) -> Result<T, SetupError> {
    let own = table.try_into();
    own.map_err(|error| SetupError::Table(without_values(&error)))
}

fn within(name: &str) -> impl Fn(SetupError) -> SettingsError {
    move |error| SettingsError::Sinks(format!("[{name}]: {error}"))
}

impl Setup<'_> {
    /// What the environment variable holds that the value of `key` names.
    pub(super) fn secret(&self, key: &'static str, name: &str) -> Result<String, SetupError> {
        if !is_name(name) {
            return Err(SetupError::Name(key));
        }
        (self.env)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .ok_or_else(|| SetupError::Unset(name.to_owned()))
    }
}

#[cfg(test)]
impl<'a> Setup<'a> {
    pub(super) fn for_tests(env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            env,
            timeout: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("t0k3n".to_owned()),
            "BROKEN" => Some("t0k3n\nt0k3n".to_owned()),
            "HOOK" => Some("https://hooks.slack.com/services/t0k3n".to_owned()),
            "CLEAR_HOOK" => Some("http://slack.example/services/t0k3n".to_owned()),
            _ => None,
        }
    }

    fn set_up(text: &str) -> (Result<Vec<Arc<dyn Sink>>, SettingsError>, RetryPolicy) {
        let mut retry = RetryPolicy {
            attempts: 8,
            backoff: Duration::from_secs(2),
        };
        let sinks = configured(text.parse().unwrap(), &mut retry, &env);
        (sinks, retry)
    }

    const ALL: &str = r##"
        attempts = 3
        backoff_ms = 5
        [crm]
        url = "https://crm.example.com/api?key=public"
        token_env = "TOKEN"
        [analytics]
        url = "http://127.0.0.1:9000/track"
        [slack]
        url_env = "HOOK"
        channel = "#support-team"
        details_url = "https://dashboard.example.com/calls/{callId}"
        keywords = ["urgent", "عاجل"]
        [email]
        host = "smtp.example.com"
        from = "Calls <calls@example.com>"
        to = ["team@example.com"]
        user = "calls"
        password_env = "TOKEN"
    "##;

    #[test]
    fn nobody_is_told_until_configured() {
        assert!(set_up("").0.unwrap().is_empty());
        let (sinks, retry) = set_up(ALL);
        let tasks = sinks
            .unwrap()
            .iter()
            .map(|sink| sink.task().name())
            .collect::<Vec<_>>();
        assert_eq!(tasks, ["crm", "analytics", "slack", "email"]);
        assert_eq!((retry.attempts, retry.backoff.as_millis()), (3, 5));
    }

    #[test]
    fn the_example_of_the_readme_can_be_used() {
        let readme = include_str!("../../README.md");
        let example = readme
            .split("```toml\n")
            .find(|text| text.starts_with("[sinks]"));
        let example = example.and_then(|text| text.split("```").next()).unwrap();
        let table: Table = example.parse().unwrap();
        let sinks = table["sinks"].as_table().unwrap().clone();
        let env = |_: &str| Some("https://hooks.slack.com/services/t0k3n".to_owned());
        let mut retry = RetryPolicy {
            attempts: 0,
            backoff: Duration::ZERO,
        };
        assert_eq!(configured(sinks, &mut retry, &env).unwrap().len(), 4);
        assert_eq!((retry.attempts, retry.backoff.as_secs()), (8, 2));
    }

    #[test]
    fn debug_shows_no_secret() {
        let debug = format!("{:?}", set_up(ALL).0.unwrap());
        assert!(debug.contains("crm.example.com"), "{debug}");
        for hidden in ["t0k3n", "services", "public"] {
            assert!(!debug.contains(hidden), "{debug}");
        }
    }

    #[test]
    fn errors_name_place_and_variable_and_no_value() {
        for (text, said) in [
            ("cmr = {}", "[sinks]: unknown field `cmr`"),
            ("timeout_ms = 0", "[sinks]: `timeout_ms`"),
            ("timeout_ms = 15001", "[sinks]: `timeout_ms`"),
            ("attempts = \"t0k3n\"", "[sinks]: invalid type"),
            ("[crm]", "[sinks.crm]: missing field `url`"),
            ("[crm]\nurl = \"x\"", "`url` must be an http or https URL"),
            (
                "[crm]\nurl = \"ftp://x\"",
                "`url` must be an http or https URL",
            ),
            (
                "[crm]\nurl = \"https://u:t0k3n@x\"",
                "`url` must be an http or https URL",
            ),
            ("[crm]\nurl = \"http://x\"", "sent in clear"),
            (
                "[analytics]\nurl = \"https://x\"\ntoken_env = \"NONE\"",
                "[sinks.analytics]: environment variable NONE is not set",
            ),
            (
                "[analytics]\nurl = \"https://x\"\ntoken_env = \"BROKEN\"",
                "variable BROKEN holds something that no header can",
            ),
            (
                "[analytics]\nurl = \"https://x\"\ntoken = \"t0k3n\"",
                "unknown field `token`",
            ),
            (
                "[slack]\nurl_env = \"https://hooks.slack.com/services/t0k3n\"",
                "[sinks.slack]: `url_env` must be the name",
            ),
            (
                "[slack]\nurl_env = \"CLEAR_HOOK\"",
                "variable CLEAR_HOOK would be sent",
            ),
            (
                "[slack]\nurl_env = \"TOKEN\"",
                "variable TOKEN must be an http",
            ),
            (
                "[slack]\nurl_env = \"HOOK\"\ndetails_url = \"javascript:t0k3n\"",
                "`details_url` must be",
            ),
            ("[email]\nhost = \"h\"\nfrom = \"t0k3n\"\nto = []", "`from`"),
            ("[email]\nhost = \"h\"\nfrom = \"a@b.c\"\nto = []", "`to`"),
            (
                "[email]\nhost = \"h\"\nfrom = \"a@b.c\"\nto = [\"t0k3n\\r\\nBcc: x@y.z\"]",
                "`to`",
            ),
            (
                "[email]\nhost = \"h\"\nfrom = \"a@b.c\"\nto = [\"a@b.c\"]\nuser = \"t0k3n\"",
                "go together",
            ),
            (
                "[email]\nhost = \"h\"\nfrom = \"a@b.c\"\nto = [\"a@b.c\"]\ntls = \"none\"",
                "on this machine",
            ),
        ] {
            let message = set_up(text).0.unwrap_err().to_string();
            assert!(message.contains(said), "{text}: {message}");
            assert!(!message.contains("t0k3n"), "{text}: {message}");
        }
    }

    #[test]
    fn clear_text_over_a_network_is_a_choice() {
        for text in [
            "[crm]\nurl = \"http://localhost:1/\"",
            "[crm]\nurl = \"http://[::1]:1/\"",
            "[crm]\nurl = \"http://crm.internal/\"\nplain_http = true",
        ] {
            assert_eq!(set_up(text).0.unwrap().len(), 1, "{text}");
        }
    }
}
