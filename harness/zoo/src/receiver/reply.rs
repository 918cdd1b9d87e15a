//! The answers a receiver gives, all in one place, and what becomes of the connection.

use serde_json::{Value, json};

use crate::{
    behaviour::Style,
    http::{Answer, Head, Length},
};

/// A refused body up to this size is read away so that the connection stays usable.
pub(crate) const MAX_DRAIN: usize = 64 * 1024;

/// What a framework in its debug mode adds to an error.
const TRACE: &str = "TypeError: Cannot read properties of undefined (reading 'callId')\n    \
                     at handle (/srv/app/webhook.js:42:17)\n    at next (/srv/app/router.js:9:3)";

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It serves the next request.
    Keep,
    /// That many bytes of body are read away first.
    Drain(usize),
    /// It is closed.
    Close,
}

impl Then {
    /// For a request whose body has not been read.
    pub(super) fn unread(head: &Head) -> Self {
        match head.body_length() {
            Ok(Length::Known(0)) => Self::Keep,
            // A sender that waits for 100 may or may not send its body now; nobody can tell.
            Ok(Length::Known(length)) if length <= MAX_DRAIN && !expects_continue(head) => {
                Self::Drain(length)
            }
            _ => Self::Close,
        }
    }
}

pub(super) fn expects_continue(head: &Head) -> bool {
    head.says("expect", "100-continue")
}

/// An answer and what becomes of the connection.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) then: Then,
}

impl Reply {
    pub(super) fn keep(answer: Answer) -> Self {
        Self {
            answer,
            then: Then::Keep,
        }
    }

    pub(super) fn close(answer: Answer) -> Self {
        Self {
            answer,
            then: Then::Close,
        }
    }
}

/// Writes the standard answers in a receiver's style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stationery(pub(super) Style);

impl Stationery {
    pub(super) fn received(self, status: u16) -> Answer {
        self.write(status, &json!({ "received": true }))
    }

    pub(super) fn duplicate(self, status: u16) -> Answer {
        self.write(status, &json!({ "received": true, "duplicate": true }))
    }

    pub(super) fn unknown_type(self) -> Answer {
        self.write(
            200,
            &json!({ "received": true, "warning": "Unknown event type" }),
        )
    }

    pub(super) fn processing_error(self) -> Answer {
        self.write(200, &json!({ "received": true, "processing_error": true }))
    }

    pub(super) fn error(self, status: u16, error: &str) -> Answer {
        self.write(status, &json!({ "error": error }))
    }

    pub(super) fn invalid(self, status: u16, details: &str) -> Answer {
        self.write(
            status,
            &json!({ "error": "Invalid payload", "details": details }),
        )
    }

    pub(super) fn write(self, status: u16, body: &Value) -> Answer {
        match self.0 {
            Style::Json => Answer::json(status, body),
            Style::Traces if status >= 400 => {
                let mut body = body.clone();
                body["stack"] = json!(TRACE);
                Answer::json(status, &body)
            }
            Style::Traces => Answer::json(status, body),
            Style::Mislabelled => Answer::new(status, "text/html", body.to_string()),
            Style::PlainAsJson => Answer::new(status, "application/json", "OK"),
            Style::EmptyOrHtml if status < 400 => Answer::new(status, "", ""),
            Style::EmptyOrHtml => {
                let page = format!("<!doctype html><title>{status}</title><h1>{status}</h1>\n");
                Answer::new(status, "text/html; charset=utf-8", page.repeat(20))
            }
        }
    }
}
