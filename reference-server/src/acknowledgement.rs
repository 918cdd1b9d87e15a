//! Every answer of the webhook in one table: status, body, headers. Nothing internal leaks into one.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hamsa_schemas::Violation;
use serde_json::json;

use crate::observe::Answered;
use crate::rate_limit::Standing;

/// What a sender is told (A-27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Acknowledgement {
    /// The event is durable (G-ACK-01, G-ACK-07).
    Accepted,
    /// The event was durable already (G-IDEM-04, G-IDEM-05).
    Duplicate,
    /// The event is durable, and nothing here handles its type (G-ACK-05, G-ACK-06).
    UnknownType,
    /// The body is no event (G-VAL-02, G-VAL-03, G-VAL-08).
    Invalid(Vec<Violation>),
    /// The token is missing or wrong (G-AUTH-02…04); where that is counted, how many more may be.
    Unauthorized(Option<Standing>),
    /// The token is missing or wrong, and that came too often (G-SEC-03).
    TooManyRequests(Standing),
    /// The client's address is not on the allow-list (G-SEC-05).
    Forbidden,
    /// Only POST delivers (D-11).
    MethodNotAllowed,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is compressed; unpacking strangers' bombs is not worth what it saves.
    Encoded,
    /// The body is larger than this many bytes (A-35).
    TooLarge(usize),
    /// The event could not be made durable; the sender shall come again (G-ACK-10).
    Unavailable,
}

const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Acknowledgement {
    /// What is counted.
    pub(crate) fn answered(&self) -> Answered {
        match self {
            Self::Accepted => Answered::Accepted,
            Self::Duplicate => Answered::Duplicate,
            Self::UnknownType => Answered::UnknownType,
            Self::Invalid(_) => Answered::Invalid,
            Self::Unauthorized(_) => Answered::Unauthorized,
            Self::TooManyRequests(_) => Answered::TooManyRequests,
            Self::Forbidden => Answered::Forbidden,
            Self::MethodNotAllowed => Answered::MethodNotAllowed,
            Self::TooSlow => Answered::TooSlow,
            Self::Encoded => Answered::Encoded,
            Self::TooLarge(_) => Answered::TooLarge,
            Self::Unavailable => Answered::Unavailable,
        }
    }
}

impl IntoResponse for Acknowledgement {
    fn into_response(self) -> Response {
        let error = |text: &str| json!({"error": text}).to_string();
        let (status, body) = match &self {
            Self::Accepted => (StatusCode::OK, r#"{"received":true}"#.to_owned()),
            Self::Duplicate => (
                StatusCode::OK,
                r#"{"received":true,"duplicate":true}"#.to_owned(),
            ),
            Self::UnknownType => (
                StatusCode::OK,
                r#"{"received":true,"warning":"Unknown event type"}"#.to_owned(),
            ),
            Self::Invalid(details) => {
                let body = json!({"error": "Invalid payload", "details": details});
                (StatusCode::BAD_REQUEST, body.to_string())
            }
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, error("Unauthorized")),
            Self::TooManyRequests(_) => (StatusCode::TOO_MANY_REQUESTS, error("Too many requests")),
            Self::Forbidden => (StatusCode::FORBIDDEN, error("Forbidden")),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, error("Method not allowed")),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                error("Body did not arrive in time"),
            ),
            Self::Encoded => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                error("Content-Encoding is not supported"),
            ),
            Self::TooLarge(limit) => {
                let body = json!({"error": "Payload too large", "limitBytes": limit});
                (StatusCode::PAYLOAD_TOO_LARGE, body.to_string())
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                error("Event could not be stored; deliver it again"),
            ),
        };
        let extra: Option<(HeaderName, HeaderValue)> = match self {
            Self::Unauthorized(_) => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            Self::TooManyRequests(standing) => Some((header::RETRY_AFTER, standing.reset.into())),
            Self::MethodNotAllowed => Some((header::ALLOW, HeaderValue::from_static("POST"))),
            Self::TooSlow => Some((header::CONNECTION, HeaderValue::from_static("close"))),
            Self::Encoded => Some((
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            )),
            Self::Unavailable => Some((header::RETRY_AFTER, RETRY_AFTER.as_secs().into())),
            Self::Accepted
            | Self::Duplicate
            | Self::UnknownType
            | Self::Invalid(_)
            | Self::Forbidden
            | Self::TooLarge(_) => None,
        };
        let standing = match self {
            Self::Unauthorized(standing) => standing,
            Self::TooManyRequests(standing) => Some(standing),
            _ => None,
        };
        let json = HeaderValue::from_static("application/json");
        let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
        response.headers_mut().extend(extra);
        let limits = standing.into_iter().flat_map(rate_limit_headers);
        response.headers_mut().extend(limits);
        response
    }
}

/// The headers of the guide's rate limiter.
fn rate_limit_headers(standing: Standing) -> [(HeaderName, HeaderValue); 3] {
    [
        ("ratelimit-limit", standing.limit.into()),
        ("ratelimit-remaining", standing.remaining.into()),
        ("ratelimit-reset", standing.reset.into()),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value))
}
