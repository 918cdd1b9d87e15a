//! JSON that is well-formed, and yet more than the parser takes.
//!
//! RFC 8259 allows half a surrogate pair (`"\ud83d"`, a text cut in mid emoji), numbers of any size (`1e400`) and
//! any depth. A sender whose transcript was cut that way still sends a real event, so the first two are accepted and
//! read as the nearest thing that can be represented; depth stays bounded, because everything that reads recurses.

use std::borrow::Cow;

use serde_json::{Error, Value};

/// The deepest nesting that `serde_json` reads.
pub(crate) const DEEPEST: usize = 127;

/// How deep arrays and objects are nested in a well-formed text.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for token in Tokens(text) {
        match token {
            "{" | "[" => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            "}" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Reads a stored body: as it is, or else with half surrogate pairs as U+FFFD, and numbers beyond every double as
/// the text of their digits.
pub(crate) fn read(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).or_else(|error| match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(&readable(text)),
        Err(_) => Err(error),
    })
}

fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    for token in Tokens(text) {
        let is_number = token.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if token.starts_with('"') {
            readable.push_str(&whole_pairs(token));
        } else if is_number && token.parse().is_ok_and(f64::is_infinite) {
            readable.extend(["\"", token, "\""]);
        } else {
            readable.push_str(token);
        }
    }
    readable
}

/// A string token without half surrogate pairs.
fn whole_pairs(token: &str) -> Cow<'_, str> {
    let mut rest = token;
    let mut whole = String::new();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let (taken, is_half) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => (12, false),
            (Some(0xD800..0xE000), _) => (6, true),
            (Some(_), _) => (6, false),
            (None, _) => (2, false),
        };
        // Well-formed text has all of an escape, so the fallback is never used.
        let (escape, after) = escape.split_at_checked(taken).unwrap_or((escape, ""));
        whole.push_str(if is_half { "\u{fffd}" } else { escape });
        rest = after;
    }
    if whole.is_empty() {
        return Cow::Borrowed(token);
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

/// The UTF-16 unit of a `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// The tokens of a well-formed text, and what lies between them; together they are the text.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.0.as_bytes();
        let end = match bytes.first()? {
            b'"' => end_of_string(bytes),
            b'{' | b'}' | b'[' | b']' => 1,
            _ => {
                let is_end = |byte: &u8| b"\"{}[],: \t\r\n".contains(byte);
                bytes.iter().position(is_end).unwrap_or(bytes.len()).max(1)
            }
        };
        let (token, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        Some(token)
    }
}

fn end_of_string(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings() {
        for (text, expected) in [
            ("1", 0),
            ("{}", 1),
            (r#"{"[[\"[":[{"a":[1]},[]]}"#, 4),
            (r#"["\\",["]"]]"#, 2),
        ] {
            assert_eq!(depth(text), expected, "{text}");
        }
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(serde_json::from_str::<Value>(&nested(DEEPEST)).is_ok());
        assert!(serde_json::from_str::<Value>(&nested(DEEPEST + 1)).is_err());
    }

    #[test]
    fn what_can_be_read_is_read_as_it_is() {
        let text = r#"{"a":"\ud83d\ude00 \\ud83d \n","b":[1e308,-0.5,"1e400",true,null]}"#;
        assert_eq!(readable(text), text);
        assert_eq!(
            read(text.as_bytes()).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }

    #[test]
    fn half_pairs_and_huge_numbers_become_readable() {
        let text =
            r#" {"\udc00":"cut \ud83d","b":[1e400,-1E+999 , 2],"c":"\ud83d\ud83d\ude00é\ude00x"} "#;
        let expected = json!({"\u{fffd}": "cut \u{fffd}", "b": ["1e400", "-1E+999", 2],
            "c": "\u{fffd}😀é\u{fffd}x"});
        assert_eq!(read(text.as_bytes()).unwrap(), expected);
        assert!(read(b"{\"a\":").is_err());
        assert!(read(b"\"\xff\"").is_err());
    }
}
