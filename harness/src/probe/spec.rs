//! `--effects SPEC`: which probe to build, and what it is asked.

use thiserror::Error;

use super::answer::Reading;
use super::command::CommandProbe;
use super::http::HttpProbe;
use crate::secret::Secret;
use crate::sender::{Target, TlsSetup};

/// A way to see effects.
pub enum Probe {
    /// A GET on a URL.
    Http(HttpProbe),
    /// A shell command.
    Command(CommandProbe),
}

/// Which effects are asked for.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Every call id of the question begins with this; only `[a-z0-9-]`.
    pub prefix: String,
    /// The call ids themselves, for receivers that can only be asked for one call.
    pub call_ids: Vec<String>,
}

/// Why `--effects` cannot be understood. Shows neither a command nor the user of a URL: both may
/// hold a password.
#[derive(Debug, Error)]
pub enum SpecError {
    /// No known kind.
    #[error(
        "`{0}` is not an effects probe: use `http:URL` or `cmd:SHELL COMMAND` (a URL has `{{prefix}}` or `{{callId}}` where the call id goes)"
    )]
    Unknown(String),
    /// Known, and not built yet.
    #[error(
        "`{0}` probes are not available in this version: use `http:URL` or `cmd:SHELL COMMAND`"
    )]
    NotAvailable(&'static str),
    /// A URL that does not parse.
    #[error("`{0}` is not a URL that effects can be read from: {1}")]
    Url(String, String),
    /// A placeholder that nothing fills.
    #[error("`{0}` has the placeholder `{1}`: only `{{prefix}}` and `{{callId}}` are filled")]
    Placeholder(String, String),
    /// Nothing after `cmd:`.
    #[error("`cmd:` needs a shell command")]
    EmptyCommand,
}

/// Why a reading failed. Never a fault of the receiver's promises: the verdict is inconclusive.
#[derive(Debug, Clone, Error)]
pub enum ProbeError {
    /// The URL did not answer.
    #[error("the effects URL did not answer: {0}")]
    Unreachable(String),
    /// It answered with another status.
    #[error("the effects URL answered {status}: {body}")]
    Status {
        /// The status.
        status: u16,
        /// The start of the body.
        body: String,
    },
    /// The command could not run or failed.
    #[error("the effects command failed: {0}")]
    Command(String),
    /// The answer is none of the forms that can be read.
    #[error("the effects answer cannot be read: {0}")]
    Garbage(String),
}

impl Probe {
    /// Builds the probe of a `--effects` value.
    ///
    /// # Errors
    /// When the value is not understood.
    pub fn parse(
        spec: &str,
        target: &Target,
        secret: Option<&Secret>,
        tls: &TlsSetup,
    ) -> Result<Self, SpecError> {
        match spec.split_once(':') {
            Some(("http", rest)) => HttpProbe::parse(rest, target, secret, tls).map(Self::Http),
            Some(("https", _)) => HttpProbe::parse(spec, target, secret, tls).map(Self::Http),
            Some(("cmd", rest)) => CommandProbe::parse(rest).map(Self::Command),
            Some(("file", _)) => Err(SpecError::NotAvailable("file:")),
            Some(("sink", _)) => Err(SpecError::NotAvailable("sink")),
            None if spec == "sink" => Err(SpecError::NotAvailable("sink")),
            _ => Err(SpecError::Unknown(kind_of(spec))),
        }
    }

    /// Asks once. Records of other calls are left out.
    ///
    /// # Errors
    /// When there is no readable answer.
    pub async fn read(&self, scope: &Scope) -> Result<Reading, ProbeError> {
        let reading = match self {
            Self::Http(probe) => probe.read(scope).await?,
            Self::Command(probe) => probe.read(scope).await?,
        };
        Ok(match reading {
            Reading::Records(mut effects) => {
                effects.retain(|effect| effect.call_id.starts_with(&scope.prefix));
                Reading::Records(effects)
            }
            count @ Reading::Count(_) => count,
        })
    }

    /// What it is, for reports; never a credential.
    pub fn describe(&self) -> String {
        match self {
            Self::Http(probe) => probe.describe(),
            Self::Command(_) => "cmd: a shell command".to_owned(),
        }
    }

    /// True when it reads what the receiver has stored, and so sees what survived its process.
    pub fn reads_the_store(&self) -> bool {
        match self {
            Self::Http(_) | Self::Command(_) => true,
        }
    }

    /// True when asking is cheap enough to do often.
    pub(super) fn is_cheap(&self) -> bool {
        matches!(self, Self::Http(_))
    }
}

/// What of a value may be shown that is no known kind of probe.
fn kind_of(spec: &str) -> String {
    if !spec.contains(|c: char| c.is_whitespace() || c == '@') {
        return spec.to_owned();
    }
    // It looks like a command, or like a URL with a user.
    match spec.split_once(':') {
        Some((kind, _)) if kind.chars().all(|c| c.is_ascii_alphanumeric()) => format!("{kind}:…"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender::TlsOptions;

    #[test]
    fn neither_commands_nor_users_are_shown() {
        let target = Target::parse("http://127.0.0.1:1/").unwrap();
        let tls = TlsSetup::new(TlsOptions::default()).unwrap();
        let parse = |spec: &str| Probe::parse(spec, &target, None, &tls);
        for (spec, shown) in [
            ("CMD:psql -p hush", "`CMD:…` is not"),
            ("psql -p hush", "`…` is not"),
            ("ftp://me:hush@h/", "`ftp:…` is not"),
            ("127.0.0.1:80/e", "`127.0.0.1:80/e` is not"),
            ("http://me:hush@h:x/", "`http://…@h:x/` is not a URL"),
            (
                "http:me:hush@h/{no}",
                "`…@h/{no}` has the placeholder `{no}`",
            ),
        ] {
            let error = parse(spec).err().map(|error| error.to_string()).unwrap();
            assert!(
                error.starts_with(shown) && !error.contains("hush"),
                "{error}"
            );
        }
        for (spec, shown) in [
            ("cmd:psql -p hush", "cmd: a shell command"),
            (
                "http://me:hush@h/{prefix}#/n",
                "http:http://…@h/{prefix}#/n",
            ),
        ] {
            assert_eq!(
                parse(spec).ok().map(|probe| probe.describe()).unwrap(),
                shown
            );
        }
    }
}
