//! URLs in which `{prefix}` and `{callId}` stand for what is asked.

use std::fmt::Write as _;

use url::Url;

/// A URL with placeholders.
pub(super) struct Template(String);

impl Template {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The URL of one question. Nothing of a value can end the part of the URL that it stands in.
    pub(super) fn fill(&self, prefix: &str, call_id: &str) -> String {
        self.0
            .replace("{prefix}", &encoded(prefix))
            .replace("{callId}", &encoded(call_id))
    }

    /// True when each call has to be asked for on its own.
    pub(super) fn is_about_one_call(&self) -> bool {
        self.0.contains("{callId}")
    }

    /// True when the answer is about everything the receiver ever did.
    pub(super) fn is_about_everything(&self) -> bool {
        !self.0.contains("{prefix}") && !self.is_about_one_call()
    }

    /// The first placeholder that nothing fills.
    pub(super) fn unknown_placeholder(&self) -> Option<String> {
        // Never shows a part of a password, which may well contain a brace.
        let example = Self(self.shown()).fill("x", "x");
        let (_, rest) = example.split_once('{')?;
        let name = rest.split('}').next().unwrap_or_default();
        Some(format!("{{{name}}}"))
    }

    /// The URL without user name and password.
    pub(super) fn shown(&self) -> String {
        let text = &self.0;
        let Some(first) = text.find('@') else {
            return text.clone();
        };
        let url = Url::parse(text).ok();
        let end = match url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(url) if url.username().is_empty() && url.password().is_none() => {
                return text.clone();
            }
            // Within a URL they end before the host's end.
            Some(_) => text[first..]
                .find(['/', '\\', '?', '#'])
                .map_or(text.len(), |length| first + length),
            // Elsewhere nobody knows where they end.
            None => text.len(),
        };
        let at = text[..end].rfind('@').unwrap_or(first);
        let start = text[..first].find("://").map_or(0, |scheme| scheme + 3);
        format!("{}…{}", &text[..start], &text[at..])
    }
}

fn encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_part_of_the_url() {
        let fill = |text: &str| Template::new(text.to_owned()).fill("p ", "a b+/?#&%ç~");
        assert_eq!(
            fill("http://h/{callId}"),
            "http://h/a%20b%2B%2F%3F%23%26%25%C3%A7~"
        );
        assert_eq!(fill("http://h/?p={prefix}"), "http://h/?p=p%20");
        assert!(fill("http://h/{prefix}/{callId}").starts_with("http://h/p%20/a%20b"));
    }

    #[test]
    fn user_and_password_are_never_shown() {
        for (text, shown) in [
            ("http://user:pa$$@h/e?mail=a@b", "http://…@h/e?mail=a@b"),
            ("http://user:p@w@h:80/{prefix}", "http://…@h:80/{prefix}"),
            ("https://user@h", "https://…@h"),
            ("http:user:pass@h/e", "…@h/e"),
            ("http:/user:pass@h/e", "…@h/e"),
            ("http:///user:pass@h/e", "http://…@h/e"),
            ("http://user:pa/ss@h/e", "http://…@h/e"),
            ("user:pass@h", "…@h"),
            ("http://h/e?mail=a@b", "http://h/e?mail=a@b"),
        ] {
            assert_eq!(Template::new(text.to_owned()).shown(), shown);
        }
        let template = Template::new("http://user:pa{ss@h/{case}".to_owned());
        assert_eq!(template.unknown_placeholder().as_deref(), Some("{case}"));
    }
}
