//! E-mail: a summary of each ended call, by SMTP.
//!
//! Plain text, encoded by the mail library, so that nothing from outside can begin a header or an address. The message id
//! comes from the idempotency key: a copy that was sent twice can be recognised.

use std::fmt;

use lettre::message::header::{ContentType, HeaderName, HeaderValue, To};
use lettre::message::{Mailbox, Mailboxes, Message};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::Deserialize;
use url::Host;

use super::content::one_line;
use super::http::is_loopback;
use super::setup::{Setup, SetupError};
use super::summary::summary;
use crate::handler::kind;
use crate::sink::{Delivered, Notice, Sink, SinkError};
use crate::store::{Effect, Task};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailSettings {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    tls: Security,
    from: String,
    to: Vec<String>,
    user: Option<String>,
    /// Variable with the user's password.
    password_env: Option<String>,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Security {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// A clear start, then TLS or nothing.
    #[default]
    StartTls,
    /// None; for a server on this machine.
    None,
}

impl Security {
    const fn usual_port(self) -> u16 {
        match self {
            Self::Implicit => smtp::SUBMISSIONS_PORT,
            Self::StartTls => smtp::SUBMISSION_PORT,
            Self::None => smtp::SMTP_PORT,
        }
    }
}

/// A mail server, and whom it shall send to.
pub(super) struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
    from: Mailbox,
    to: To,
}

/// The host alone: addresses are personal data.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Email").field(&self.host).finish()
    }
}

impl Email {
    pub(super) fn open(own: EmailSettings, setup: &Setup<'_>) -> Result<Self, SetupError> {
        let from = own.from.parse().map_err(|_| SetupError::Address("from"))?;
        let to = own.to.iter().map(|address| address.parse::<Mailbox>());
        let to: Mailboxes = to
            .collect::<Result<Vec<_>, _>>()
            .ok()
            .filter(|to| !to.is_empty())
            .ok_or(SetupError::Address("to"))?
            .into();
        let parameters = || {
            let parameters = TlsParameters::new(own.host.clone());
            parameters.map_err(|error| SetupError::Tls(error.to_string()))
        };
        let tls = match own.tls {
            Security::Implicit => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
            Security::None if Host::parse(&own.host).is_ok_and(is_loopback) => Tls::None,
            Security::None => return Err(SetupError::PlainMail),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&own.host)
            .port(own.port.unwrap_or(own.tls.usual_port()))
            .tls(tls)
            .timeout(Some(setup.timeout));
        match (own.user, own.password_env) {
            (None, None) => {}
            (Some(user), Some(name)) => {
                let password = setup.secret("password_env", &name)?;
                transport = transport.credentials(Credentials::new(user, password));
            }
            _ => return Err(SetupError::Credentials),
        }
        Ok(Self {
            transport: transport.build(),
            host: own.host,
            from,
            to: To::from(to),
        })
    }

    async fn send(&self, notice: &Notice) -> Result<(), SinkError> {
        let message = self
            .message(notice)
            .map_err(|_| SinkError::Never("no message could be made of the call".to_owned()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn message(&self, notice: &Notice) -> Result<Message, lettre::error::Error> {
        let domain = self.from.email.domain();
        let id = format!("<{}@{domain}>", notice.idempotency_key);
        let subject = format!("Call Summary - {}", notice.call.call_id);
        // Keeps out-of-office replies away (RFC 3834).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .message_id(Some(id))
            .from(self.from.clone())
            .mailbox(self.to.clone())
            .subject(one_line(&subject))
            .raw_header(HeaderValue::new(name, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(summary(notice))
    }

    /// Replies may repeat addresses, so only their code is told.
    fn failed(&self, error: &smtp::Error) -> SinkError {
        let host = &self.host;
        let reason = match error.status() {
            Some(code) => format!("{host} answered {code}"),
            None if error.is_timeout() => format!("{host} did not answer in time"),
            None if error.is_tls() => format!("no TLS with {host}"),
            None => format!("no whole exchange with {host}"),
        };
        if error.is_permanent() {
            return SinkError::Never(reason);
        }
        let after = None;
        SinkError::Later { reason, after }
    }
}

impl Sink for Email {
    fn task(&self) -> Task {
        Task::Email
    }

    fn wants(&self, effect: &Effect) -> bool {
        effect.kind == kind::CALL_ENDED
    }

    fn deliver<'a>(&'a self, notice: &'a Notice) -> Delivered<'a> {
        Box::pin(self.send(notice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::sample;

    fn email(more: &str) -> Email {
        let env = |_: &str| None;
        let text = format!(
            "host = \"smtp.example.com\"\nfrom = \"Calls <calls@example.com>\"\n\
             to = [\"one@example.com\", \"مدير <two@example.com>\"]\n{more}"
        );
        Email::open(toml::from_str(&text).unwrap(), &Setup::for_tests(&env)).unwrap()
    }

    fn head(email: &Email, notice: &Notice) -> String {
        let message = email.message(notice).unwrap();
        let message = String::from_utf8(message.formatted()).unwrap();
        let head = message.split("\r\n\r\n").next().unwrap();
        let is_same = |line: &&str| !line.starts_with("Date: ");
        head.lines().filter(is_same).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_message_is_addressed_and_can_be_recognised() {
        insta::assert_snapshot!(head(&email(""), &sample::usual()));
    }

    #[test]
    fn nothing_from_outside_begins_a_header() {
        let mut event = sample::event("call.ended", serde_json::json!({}));
        for call_id in [
            "x\r\nBcc: evil@example.com\r\n\r\nbody",
            "x\nBcc: evil@example.com",
            "x\u{85}Bcc: y\u{2028}Bcc: z\0",
            "=?utf-8?q?x=0D=0ABcc:_evil@example.com?=",
            &"مكالمة ".repeat(2_000),
        ] {
            event["callId"] = call_id.into();
            let head = head(&email(""), &sample::notice(&[event.clone()]));
            let is_named = |line: &str| {
                [
                    "Message-ID: ",
                    "From: ",
                    "To: ",
                    "Subject: ",
                    "Auto-Submitted: ",
                ]
                .iter()
                .chain(&["Content-Type: ", "Content-Transfer-Encoding: ", " "])
                .any(|start| line.starts_with(start))
            };
            assert!(head.is_ascii() && head.lines().all(is_named), "{head}");
        }
    }

    #[test]
    fn a_copy_has_the_same_id() {
        let (email, notice) = (email(""), sample::usual());
        let id = |notice: &Notice| {
            email
                .message(notice)
                .unwrap()
                .headers()
                .get_raw("Message-ID")
                .map(str::to_owned)
        };
        assert_eq!(id(&notice), id(&notice));
        assert_eq!(
            id(&notice),
            Some(format!("<{}@example.com>", notice.idempotency_key))
        );
    }
}
