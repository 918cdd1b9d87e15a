//! What is written to standard error. A line that cannot be written is lost: it is worth no answer.

use std::io::{self, Write};

use serde_json::Value;

use super::event::Event;
use crate::{behaviour::Log, http::Head};

/// Bytes of a credential that are shown to tell one from another.
const START: usize = 22;

/// An event was understood.
pub(super) fn event(rule: Log, event: &Event, head: &Head, body: &[u8]) {
    if rule == Log::Nothing {
        return;
    }
    let mut line = format!("event {} call {}", event.event_type, event.call_id);
    if rule != Log::NoTimes {
        line.push_str(&format!(" at {}", event.timestamp));
    }
    let credential = head.values("authorization").concat();
    match rule {
        Log::Credential => {
            line.push_str(&format!(" from {}", String::from_utf8_lossy(&credential)));
        }
        Log::CredentialInHex => {
            line.push_str(" from ");
            for byte in &credential {
                line.push_str(&format!("{byte:02x}"));
            }
        }
        Log::CredentialStart => {
            let start = &credential[..credential.len().min(START)];
            line.push_str(&format!(" from {}", String::from_utf8_lossy(start)));
        }
        Log::Bodies => line.push_str(&format!(" body {}", String::from_utf8_lossy(body))),
        Log::Numbers => {
            for name in ["fromNumber", "toNumber"] {
                let number = event.data["data"][name].as_str().unwrap_or_default();
                line.push_str(&format!(" {name} {number}"));
            }
        }
        _ => {}
    }
    write(&line);
}

/// A credential was refused.
pub(super) fn refused(rule: Log, head: &Head, expected: &str) {
    match rule {
        Log::Nothing | Log::NoRefusals => {}
        Log::Expected => write(&format!("refused {}: not {expected}", head.path)),
        _ => write(&format!("refused {}: credential does not match", head.path)),
    }
}

/// A body was no event.
pub(super) fn invalid(rule: Log, details: &str) {
    if !matches!(rule, Log::Nothing | Log::NoInvalid) {
        write(&format!("invalid payload: {}", Value::from(details)));
    }
}

fn write(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
