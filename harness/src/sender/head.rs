//! What about a request's head may differ from the usual one.

/// The HTTP version that a request is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// HTTP/1.1.
    #[default]
    Http11,
    /// HTTP/1.0.
    Http10,
    /// HTTP/2; only a connection of that kind writes it.
    Http2,
}

/// The letter case of header names, which no receiver may care about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameCase {
    /// `Content-Type`.
    #[default]
    Usual,
    /// `content-type`, as proxies from HTTP/2 and several clients write it.
    Lower,
    /// `CONTENT-TYPE`.
    Upper,
}

/// The `Host` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Host {
    /// That of the target.
    #[default]
    Target,
    /// Another name.
    Given(&'static str),
    /// None at all, which HTTP/1.1 forbids.
    Absent,
}

/// The form of a head; the default is that of every ordinary delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadForm {
    /// The version on the request line.
    pub version: Version,
    /// How header names are spelled.
    pub names: NameCase,
    /// The `Host` header.
    pub host: Host,
    /// The `Accept` header.
    pub accept: Option<&'static str>,
}

impl Default for HeadForm {
    fn default() -> Self {
        Self {
            version: Version::default(),
            names: NameCase::default(),
            host: Host::default(),
            accept: Some("*/*"),
        }
    }
}

impl HeadForm {
    /// How it differs from the default, in words.
    pub fn differences(&self) -> Vec<String> {
        let version = match self.version {
            Version::Http11 => None,
            Version::Http10 => Some("HTTP/1.0".to_owned()),
            Version::Http2 => Some("HTTP/2".to_owned()),
        };
        let names = match self.names {
            NameCase::Usual => None,
            NameCase::Lower => Some("header names in lower case".to_owned()),
            NameCase::Upper => Some("header names in upper case".to_owned()),
        };
        let host = match self.host {
            Host::Target => None,
            Host::Given(name) => Some(format!("Host: {name}")),
            Host::Absent => Some("no Host".to_owned()),
        };
        let accept = match self.accept {
            Some("*/*") => None,
            Some(other) => Some(format!("Accept: {other}")),
            None => Some("no Accept".to_owned()),
        };
        [version, names, host, accept]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// A head under construction.
pub(super) struct HeadBytes {
    bytes: Vec<u8>,
    names: NameCase,
}

impl HeadBytes {
    pub(super) fn new(method: &str, path: &str, form: &HeadForm) -> Self {
        let version = match form.version {
            Version::Http10 => "1.0",
            Version::Http11 | Version::Http2 => "1.1",
        };
        Self {
            bytes: format!("{method} {path} HTTP/{version}\r\n").into_bytes(),
            names: form.names,
        }
    }

    pub(super) fn header(&mut self, name: &str, value: &[u8]) {
        let name = match self.names {
            NameCase::Usual => name.to_owned(),
            NameCase::Lower => name.to_ascii_lowercase(),
            NameCase::Upper => name.to_ascii_uppercase(),
        };
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b": ");
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(b"\r\n");
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes
    }
}
