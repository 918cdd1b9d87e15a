//! The part of the model that records HTTP exchanges, redacted.

use serde::{Deserialize, Serialize};

/// One HTTP exchange, redacted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttemptRecord {
    /// Its place among the attempts of the case.
    pub number: usize,
    /// What it was, in words.
    pub label: String,
    /// What was sent.
    pub request: RequestRecord,
    /// What came back; absent when there was no whole answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<ResponseRecord>,
    /// Why there was no whole answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_answer: Option<String>,
    /// When things happened.
    pub timing: TimingRecord,
}

/// A request as sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The `Authorization` header as an expression of `$WEBHOOK_SECRET`; absent when none was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization: Option<String>,
    /// The content type, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content_type: Option<String>,
    /// The names of further headers.
    pub further_headers: Vec<String>,
    /// How the body was framed and paced, when not in one piece with its length.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub form: Option<String>,
    /// The body.
    pub body: BodyRecord,
}

/// A body: whole when short, else by length and hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BodyRecord {
    /// Length in bytes.
    pub length: usize,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The text, up to 4 KiB.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// The fixture it was made from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fixture: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResponseRecord {
    /// The status.
    pub status: u16,
    /// The headers, as text.
    pub headers: Vec<(String, String)>,
    /// Length of the body.
    pub body_length: usize,
    /// Its first 4 KiB as text.
    pub body: String,
}

/// Times of an attempt: an offset from the start of the run, then offsets from its own start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimingRecord {
    /// When it started.
    pub started_ms: f64,
    /// How long connecting took; zero on a kept connection.
    pub connect_ms: f64,
    /// Last request byte written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_ms: Option<f64>,
    /// First response byte read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_byte_ms: Option<f64>,
    /// Last response byte read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub complete_ms: Option<f64>,
    /// From the last request byte to the last response byte: what R1 is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acknowledgement_ms: Option<f64>,
}
