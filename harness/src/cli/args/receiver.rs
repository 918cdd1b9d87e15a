//! Options about the receiver: where it is, how to get in, how to see its effects.

use std::path::PathBuf;

use clap::Args;

use super::hooks::HookArgs;
use super::process::ProcessArgs;
use super::run::ProfileArg;

/// A receiver and how to reach it. Every option has an environment variable and a key of the
/// configuration file; an option wins over the environment, the environment over the file.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct ReceiverArgs {
    /// A URL, `reference` for the reference receiver, or `zoo:NAME` for a mutant or control
    #[arg(env = "HAMSA_TARGET", hide_env_values = true)]
    pub(in crate::cli) target: Option<String>,

    /// Environment variable with the full Authorization header value [env: HAMSA_AUTH_ENV=] [default: WEBHOOK_SECRET]
    // The environment's say comes later: to clap it would conflict with an option.
    #[arg(long, value_name = "NAME", group = "auth")]
    pub(in crate::cli) auth_env: Option<String>,
    /// File with the full Authorization header value [env: HAMSA_AUTH_FILE=]
    #[arg(long, value_name = "PATH", group = "auth")]
    pub(in crate::cli) auth_file: Option<PathBuf>,
    /// The receiver does not authenticate (R3 is then not applicable)
    #[arg(long, group = "auth")]
    pub(in crate::cli) no_auth: bool,

    /// How to see effects: `http:URL` with {prefix} or {callId}, `cmd:SHELL COMMAND` that finds
    /// CALL_PREFIX, `file:PATH` with a JSON line for each, or `sink:ADDRESS:PORT` to which the
    /// receiver posts each; the configuration file can name the event types that leave some
    #[arg(
        long,
        value_name = "SPEC",
        env = "HAMSA_EFFECTS",
        hide_env_values = true
    )]
    pub(in crate::cli) effects: Option<String>,
    /// Wait at most this long for effects [default: 10s]
    #[arg(long, value_name = "TIME", env = "HAMSA_SETTLE_MAX", value_parser = duration)]
    pub(in crate::cli) settle_max: Option<std::time::Duration>,

    /// Send payloads of this folder (*.json, one event each) in place of the ordinary ones
    #[arg(long, value_name = "DIR", env = "HAMSA_FIXTURES")]
    pub(in crate::cli) fixtures: Option<PathBuf>,
    /// Set a member in every payload, for example data.data.outcomeResult.user_id=42
    #[arg(long, value_name = "PATH=VALUE")]
    pub(in crate::cli) set_field: Vec<String>,

    /// Add a header to every request
    #[arg(short = 'H', value_name = "NAME: VALUE")]
    pub(in crate::cli) header: Vec<String>,
    /// Trust the certificates of this PEM file too
    #[arg(long, value_name = "FILE", env = "HAMSA_CACERT")]
    pub(in crate::cli) cacert: Option<PathBuf>,
    /// Deliver whatever the certificate says; TLS-02 still judges it
    #[arg(long)]
    pub(in crate::cli) insecure: bool,
    /// Where plain http is answered beside https [default: 80 when the URL names no port]
    #[arg(long, value_name = "PORT", env = "HAMSA_PLAIN_PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(in crate::cli) plain_port: Option<u16>,
    /// Wait at most this long until the receiver listens [default: 30s when it is started or restarted]
    #[arg(long, value_name = "TIME", env = "HAMSA_WAIT", value_parser = duration)]
    pub(in crate::cli) wait: Option<std::time::Duration>,
    /// Who can reach the receiver [default: local when every address is loopback or private]
    #[arg(long, value_enum, env = "HAMSA_PROFILE")]
    pub(in crate::cli) profile: Option<ProfileArg>,
    /// The deadline of R1 [default: 5s]
    #[arg(long, value_name = "TIME", env = "HAMSA_DEADLINE", value_parser = duration)]
    pub(in crate::cli) deadline: Option<std::time::Duration>,
    /// Vouch for a public target: allows load and hostile cases there
    #[arg(long)]
    pub(in crate::cli) i_own_this_target: bool,
    /// Configuration file [default: hamsa-harness.toml, when there is one]
    #[arg(long, value_name = "FILE", env = "HAMSA_CONFIG")]
    pub(in crate::cli) config: Option<PathBuf>,

    // Last, because the heading of a table goes on to the options behind it.
    #[command(flatten)]
    pub(in crate::cli) process: ProcessArgs,
    #[command(flatten)]
    pub(in crate::cli) hooks: HookArgs,
}

/// A duration such as `5s`, `750ms` or `2m`.
pub(in crate::cli) fn duration(text: &str) -> Result<std::time::Duration, String> {
    let parsed = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if parsed.is_zero() {
        return Err("it has to be longer than nothing".to_owned());
    }
    Ok(parsed)
}

/// A rate such as `50/s`; a bare number is one per second too.
pub(in crate::cli) fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 1.0 => Ok(rate),
        _ => Err("it is not N/s with N of 1 or more".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_second_and_at_least_one() {
        assert_eq!((rate("50/s"), rate("2.5")), (Ok(50.0), Ok(2.5)));
        for text in ["0/s", "-1", "NaN", "inf", "50/m", "/s", ""] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
