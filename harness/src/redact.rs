//! Keeps the secret out of everything the harness writes.
//!
//! A receiver can echo what it was sent, whole, in part or encoded. Every text that came from
//! outside passes through [`Redactor::scrub`], which blanks each run of characters that is covered
//! by a window of twelve characters of the secret, in the encodings an echo is likely to have.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::secret::Secret;

/// Characters of the secret that have to appear together to count as a leak.
const WINDOW: usize = 12;

/// Secrets shorter than this would blank half of every text.
const SHORTEST: usize = 4;

/// What stands in the place of the secret.
const BLANK: &str = "[redacted]";

/// Finds and blanks the secret in text.
#[derive(Clone, Default)]
pub struct Redactor {
    /// What to look for, in lower case, by length.
    needles: BTreeMap<usize, HashSet<Vec<u8>>>,
    /// How they begin: most places of most texts need no closer look.
    beginnings: HashSet<[u8; SHORTEST]>,
}

impl Redactor {
    /// A redactor for this secret; without one, nothing is ever blanked.
    pub fn new(secret: Option<&Secret>) -> Self {
        let mut redactor = Self::default();
        let Some(token) = secret
            .map(Secret::token)
            .filter(|token| token.len() >= SHORTEST)
        else {
            return redactor;
        };
        let window = token.len().min(WINDOW);
        for encode in BYTE_BY_BYTE {
            for part in token.as_bytes().windows(window) {
                redactor.add(&encode(part));
            }
        }
        // Base64 mixes neighbours, so letter case matters before encoding.
        for token in [
            token.to_owned(),
            token.to_lowercase(),
            token.to_uppercase(),
            swapped(token),
        ] {
            for text in base64_forms(token.as_bytes()) {
                let window = text.len().min(WINDOW.div_ceil(3) * 4);
                for part in text.as_bytes().windows(window.max(1)) {
                    redactor.add(part);
                }
            }
        }
        redactor
    }

    fn add(&mut self, needle: &[u8]) {
        if needle.len() >= SHORTEST {
            // An echo may be folded (AUT-08 sends the token in the other case).
            let needle = needle.to_ascii_lowercase();
            self.beginnings.extend(needle.first_chunk::<SHORTEST>());
            self.needles.entry(needle.len()).or_default().insert(needle);
        }
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

    fn covered(&self, text: &[u8]) -> Vec<bool> {
        let mut covered = vec![false; text.len()];
        let folded = text.to_ascii_lowercase();
        for (at, beginning) in folded.windows(SHORTEST).enumerate() {
            if !beginning
                .first_chunk()
                .is_some_and(|start| self.beginnings.contains(start))
            {
                continue;
            }
            for (length, needles) in &self.needles {
                if folded
                    .get(at..at + length)
                    .is_some_and(|part| needles.contains(part))
                {
                    covered[at..at + length].fill(true);
                }
            }
        }
        covered
    }
}

type Encode = fn(&[u8]) -> Vec<u8>;

/// Encodings that turn each byte into a text of its own.
const BYTE_BY_BYTE: &[Encode] = &[
    |part| part.to_vec(),
    |part| part.iter().rev().copied().collect(),
    |part| {
        each(part, "", |byte| {
            if is_unreserved(byte) {
                one(byte)
            } else {
                format!("%{byte:02x}")
            }
        })
    },
    |part| {
        each(part, "", |byte| {
            if is_unreserved(byte) {
                one(byte)
            } else {
                format!("%25{byte:02x}")
            }
        })
    },
    |part| each(part, "", |byte| format!("%{byte:02x}")),
    |part| each(part, "", |byte| format!("%25{byte:02x}")),
    |part| each(part, "", |byte| format!("\\x{byte:02x}")),
    |part| each(part, "", |byte| format!("\\u{byte:04x}")),
    |part| each(part, "", |byte| format!("\\{byte:03o}")),
    |part| each(part, "", |byte| format!("&#{byte};")),
    |part| each(part, "", |byte| format!("&#x{byte:x};")),
    |part| {
        each(part, "", |byte| {
            if byte.is_ascii_alphanumeric() {
                one(byte)
            } else {
                format!("&#{byte};")
            }
        })
    },
    |part| {
        each(part, "", |byte| {
            if byte.is_ascii_alphanumeric() {
                one(byte)
            } else {
                format!("&#x{byte:x};")
            }
        })
    },
    |part| {
        each(part, "", |byte| {
            if byte == b'/' {
                "\\/".to_owned()
            } else {
                one(byte)
            }
        })
    },
    |part| {
        each(part, "", |byte| {
            if matches!(byte, b'"' | b'\\') {
                format!("\\{}", one(byte))
            } else {
                one(byte)
            }
        })
    },
    // Hexadecimal plain, with separators, and as Node prints a Buffer.
    |part| each(part, "", |byte| format!("{byte:02x}")),
    |part| each(part, ":", |byte| format!("{byte:02x}")),
    |part| each(part, " ", |byte| format!("{byte:02x}")),
    |part| each(part, ",", |byte| byte.to_string()),
    |part| each(part, ", ", |byte| byte.to_string()),
    // UTF-16 read as bytes.
    |part| each(part, "\0", one),
];

fn each(part: &[u8], joint: &str, encode: impl Fn(u8) -> String) -> Vec<u8> {
    part.iter()
        .map(|byte| encode(*byte))
        .collect::<Vec<_>>()
        .join(joint)
        .into_bytes()
}

fn one(byte: u8) -> String {
    char::from(byte).to_string()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn swapped(token: &str) -> String {
    token
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

/// Base64 depends on where in a group of three the token starts: one form for each offset, without
/// the characters that mix with what stands beside the token.
fn base64_forms(token: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for offset in 0..3 {
        let bytes = [&vec![b'x'; offset][..], token].concat();
        for engine in [&STANDARD, &URL_SAFE] {
            let text = engine.encode(&bytes);
            let first = (offset * 4).div_ceil(3);
            let whole = bytes.len() * 8 / 6;
            forms.push(text[first.min(whole)..whole].to_owned());
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "sk/live+0123456789abcDEF==";

    fn redactor() -> Redactor {
        Redactor::new(Secret::parse(&format!("Bearer {TOKEN}")).ok().as_ref())
    }

    #[test]
    fn every_encoding_of_a_part_is_blanked() {
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        let mut leaks: Vec<String> = BYTE_BY_BYTE
            .iter()
            .map(|encode| text(&encode(TOKEN.as_bytes())))
            .collect();
        leaks.extend([
            TOKEN[3..16].to_owned(),
            TOKEN.to_uppercase(),
            STANDARD.encode(format!("auth=Bearer {TOKEN}")),
            STANDARD.encode(format!("Bearer {}", TOKEN.to_lowercase())),
            format!("<Buffer {}>", text(&BYTE_BY_BYTE[17](TOKEN.as_bytes()))),
        ]);
        for leak in leaks {
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
        let text = "Bearer 0123 — لا شيء هنا, 48, 49, 50 &#48;&#49; 30:31:32";
        assert_eq!(redactor().scrub(text), text);
        assert_eq!(Redactor::new(None).scrub(text), text);
    }

    #[test]
    fn short_secrets_are_looked_for_as_a_whole() {
        let secret = Secret::parse("Bearer hunter2").ok();
        assert_eq!(
            Redactor::new(secret.as_ref()).scrub("x hunter2 hunter"),
            "x [redacted] hunter"
        );
    }
}
