//! Keeps the secret out of everything the harness writes.
//!
//! A receiver can echo what it was sent, whole, in part or encoded. Every text that came from
//! outside passes through [`Redactor::scrub`], which blanks each run of characters that is covered
//! by 12-character windows of the secret, in the encodings an echo is likely to have.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::secret::Secret;

/// Characters of the secret that have to appear together to count as a leak.
const WINDOW: usize = 12;

/// What stands in the place of the secret.
const BLANK: &str = "[redacted]";

/// Finds and blanks the secret in text.
#[derive(Clone, Default)]
pub struct Redactor {
    windows: HashSet<Vec<u8>>,
    /// Secrets shorter than a window are looked for as a whole.
    whole: Vec<Vec<u8>>,
}

impl Redactor {
    /// A redactor for this secret; without one, nothing is ever blanked.
    pub fn new(secret: Option<&Secret>) -> Self {
        let mut redactor = Self::default();
        if let Some(secret) = secret {
            for form in encodings(secret.token()) {
                redactor.add(&form);
            }
        }
        redactor
    }

    fn add(&mut self, form: &str) {
        let bytes = form.to_ascii_lowercase().into_bytes();
        if bytes.len() < WINDOW {
            // Blanking every "ab" in a report would leave nothing to read.
            if bytes.len() >= 4 {
                self.whole.push(bytes);
            }
            return;
        }
        self.windows
            .extend(bytes.windows(WINDOW).map(<[u8]>::to_vec));
    }

    /// True when a part of the secret is in the text.
    pub fn finds_in(&self, text: &str) -> bool {
        self.covered(text.as_bytes()).contains(&true)
    }

    /// The text with every part of the secret blanked.
    pub fn scrub(&self, text: &str) -> String {
        let covered = self.covered(text.as_bytes());
        if !covered.contains(&true) {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut inside = false;
        for (at, character) in text.char_indices() {
            if covered[at] {
                if !inside {
                    out.push_str(BLANK);
                }
                inside = true;
            } else {
                out.push(character);
                inside = false;
            }
        }
        out
    }

    /// Scrubs every string and member name of a JSON document.
    pub fn scrub_json(&self, value: &mut serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::String(text) => {
                if self.finds_in(text) {
                    *text = self.scrub(text);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_json(item)),
            Value::Object(members) => {
                if members.keys().any(|name| self.finds_in(name)) {
                    let old = std::mem::take(members);
                    members.extend(old.into_iter().map(|(name, v)| (self.scrub(&name), v)));
                }
                members
                    .values_mut()
                    .for_each(|member| self.scrub_json(member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn covered(&self, text: &[u8]) -> Vec<bool> {
        let mut covered = vec![false; text.len()];
        if self.windows.is_empty() && self.whole.is_empty() {
            return covered;
        }
        // An echo may be folded (`AUT-08` sends the token in the other case), so compare folded.
        let folded = text.to_ascii_lowercase();
        if !self.windows.is_empty() {
            for (at, window) in folded.windows(WINDOW).enumerate() {
                if self.windows.contains(window) {
                    covered[at..at + WINDOW].fill(true);
                }
            }
        }
        for whole in &self.whole {
            for (at, window) in folded.windows(whole.len()).enumerate() {
                if window == whole {
                    covered[at..at + whole.len()].fill(true);
                }
            }
        }
        covered
    }
}

/// The forms in which an echo may carry the token.
fn encodings(token: &str) -> Vec<String> {
    let mut forms = vec![token.to_owned()];
    let percent: String = token
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02x}"),
        })
        .collect();
    forms.push(percent);
    forms.push(token.bytes().map(|byte| format!("{byte:02x}")).collect());
    forms.push(token.bytes().map(|byte| format!("\\u{byte:04x}")).collect());
    forms.push(
        token
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('/', "\\/"),
    );
    for (from, to) in [
        ("+", "&#43;"),
        ("/", "&#47;"),
        ("=", "&#61;"),
        ("/", "&#x2f;"),
    ] {
        if token.contains(from) {
            forms.push(token.replace(from, to));
        }
    }
    // Base64 depends on where in a group of three the token starts: one form for each offset,
    // without the characters that mix with what stands beside the token.
    for offset in 0..3 {
        let mut bytes = vec![b'x'; offset];
        bytes.extend_from_slice(token.as_bytes());
        for engine in [&STANDARD, &URL_SAFE] {
            let text = engine.encode(&bytes);
            let first = (offset * 4).div_ceil(3);
            let whole = bytes.len() * 8 / 6;
            forms.push(text[first..whole.max(first)].to_owned());
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new(
            Secret::parse("Bearer sk/live+0123456789abcdef==")
                .ok()
                .as_ref(),
        )
    }

    #[test]
    fn every_encoding_of_a_part_is_blanked() {
        let token = "sk/live+0123456789abcdef==";
        let url = "sk%2Flive%2B0123456789abcdef%3D%3D";
        let base64 = STANDARD.encode(format!("auth=Bearer {token}"));
        let escaped = "sk\\/live+0123456789abcdef==";
        let hex: String = token.bytes().map(|byte| format!("{byte:02X}")).collect();
        for leak in [
            token,
            &token[3..16],
            url,
            &base64,
            escaped,
            &token.to_uppercase(),
            &hex,
        ] {
            let shown = redactor().scrub(&format!("before {leak} after"));
            assert!(shown.contains(BLANK), "{leak} was left in {shown}");
            assert!(
                shown.starts_with("before ") && shown.ends_with(" after"),
                "{shown}"
            );
            assert!(!redactor().finds_in(&shown), "{shown}");
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "Bearer 0123 — لا شيء هنا";
        assert_eq!(redactor().scrub(text), text);
        assert_eq!(Redactor::new(None).scrub(text), text);
    }

    #[test]
    fn json_is_scrubbed_in_strings_and_names() {
        let mut value = serde_json::json!({"sk/live+0123456789": ["x 0123456789abcdef y", 7]});
        redactor().scrub_json(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"[redacted]": ["x [redacted] y", 7]})
        );
    }
}
