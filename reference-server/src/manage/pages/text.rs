//! Text from outside: escaped, in its own direction, and with nothing invisible in it.
//!
//! Markup characters are escaped by `maud`. What is left is text that is not what it looks like: control characters,
//! and those that turn the direction of what follows. Their code points are shown in their place.

use maud::{Markup, Render, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::hidden::is_hidden;

/// Of texts in tables and titles, in characters.
const SHORT_CHARS: usize = 200;
/// A receiver does not take longer heads.
const LONGEST_LINK: usize = 16 << 10;

/// Text in which hidden characters are shown by their code points. Line breaks stay.
pub(super) struct Visible<'a>(pub(super) &'a str);

impl Render for Visible<'_> {
    fn render_to(&self, markup: &mut String) {
        let mut rest = self.0;
        // Of a text in which nothing is seen, everything is shown.
        let is_blank = rest.chars().all(|c| is_hidden(c) || is_blank(c));
        let is_shown = |c| is_blank || is_hidden(c);
        while let Some((at, hidden)) = rest.char_indices().find(|(_, c)| is_shown(*c)) {
            rest[..at].render_to(markup);
            let code_point = format!("U+{:04X}", u32::from(hidden));
            html! { span.hidden { (code_point) } }.render_to(markup);
            rest = &rest[at + hidden.len_utf8()..];
        }
        rest.render_to(markup);
    }
}

/// Whether a character is not seen, yet has its place in texts: between words, or to join letters and emoji.
fn is_blank(c: char) -> bool {
    let joins =
        matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    joins || c.is_whitespace()
}

/// The beginning of a text, and how long it is where that is not all.
pub(super) fn short(text: &str) -> Markup {
    match text.char_indices().nth(SHORT_CHARS) {
        None => html! { bdi { (Visible(text)) } },
        Some((end, _)) => html! {
            bdi { (Visible(&text[..end])) } "… " span.absent { "(" (text.len()) " bytes)" }
        },
    }
}

/// A text for the title of a page, which holds no markup.
pub(super) fn title(text: &str) -> String {
    let shown = |c| if is_hidden(c) { '\u{fffd}' } else { c };
    text.chars().take(SHORT_CHARS).map(shown).collect()
}

/// A call's id, with a link to its page.
pub(super) fn call_link(call_id: &str) -> Markup {
    match call_path(call_id) {
        Some(path) => html! { a.id href=(path) { (short(call_id)) } },
        None => html! { span.id { (short(call_id)) } },
    }
}

fn call_path(call_id: &str) -> Option<String> {
    let id = utf8_percent_encode(call_id, NON_ALPHANUMERIC);
    let path = match call_id {
        "." | ".." => format!("/calls?id={id}"),
        _ => format!("/calls/{id}"),
    };
    (path.len() <= LONGEST_LINK).then_some(path)
}

/// A JSON value in a table. Absent, null and the text `null` look different.
pub(super) fn value(value: Option<&Value>) -> Markup {
    match value {
        None => absent(),
        Some(Value::Null) => null(),
        Some(Value::Bool(true)) => html! { "yes" },
        Some(Value::Bool(false)) => html! { "no" },
        Some(Value::String(text)) if text.is_empty() => html! { span.absent { "empty text" } },
        Some(Value::String(text)) => short(text),
        Some(Value::Number(number)) => {
            let text = number.to_string();
            short(text.strip_suffix(".0").unwrap_or(&text))
        }
        Some(other) => html! { code { (short(&other.to_string())) } },
    }
}

/// Stands for a member that was not given.
pub(super) fn absent() -> Markup {
    html! { span.absent { "not given" } }
}

/// Stands for a member that was given as null.
pub(super) fn null() -> Markup {
    html! { span.absent { "null" } }
}

/// A JSON value as a document of its own.
pub(super) fn document(label: &str, value: &Value) -> Markup {
    // Of a value, so it cannot fail.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    html! { pre dir="ltr" tabindex="0" role="region" aria-label={ (label) ", JSON" } { code { (Visible(&text)) } } }
}

/// Where a recording is: as a link only where following it does what it says.
pub(super) fn recording(url: Option<&Value>) -> Markup {
    let Some(Value::String(url)) = url else {
        return value(url);
    };
    let starts = |scheme: &str| {
        let start = url.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let is_web = (starts("https://") || starts("http://")) && !url.contains(is_hidden);
    if !is_web || url.len() > LONGEST_LINK {
        return html! { span.url { (short(url)) } };
    }
    html! { a.url href=(url) rel="noreferrer noopener" { (short(url)) } }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn markup_is_escaped_and_hidden_characters_are_shown() {
        let shown = |text| html! { (Visible(text)) }.into_string();
        assert_eq!(shown("<b>&\""), "&lt;b&gt;&amp;&quot;");
        assert_eq!(
            shown("a\u{202e}b\0"),
            "a<span class=\"hidden\">U+202E</span>b<span class=\"hidden\">U+0000</span>"
        );
        for plain in ["مرحبا 👋🏽", "👩\u{200d}💻", "one\ntwo\t3", "é"] {
            assert_eq!(shown(plain), plain);
        }
        for blank in [" ", "\u{3164}", "\u{200d}\n", "\u{a0}"] {
            assert!(shown(blank).contains("U+"), "{blank:?}");
        }
        assert_eq!(title("a\u{202e}b"), "a\u{fffd}b");
    }

    #[test]
    fn links_hold_any_id_or_there_is_none() {
        let path = |id: &str| call_path(id);
        assert_eq!(path("a/b c").as_deref(), Some("/calls/a%2Fb%20c"));
        assert_eq!(path("..").as_deref(), Some("/calls?id=%2E%2E"));
        assert_eq!(path("\"><x").as_deref(), Some("/calls/%22%3E%3Cx"));
        assert_eq!(path(&"x".repeat(LONGEST_LINK)), None);
    }

    #[test]
    fn only_web_addresses_become_links() {
        let is_link = |url: &str| recording(Some(&json!(url))).into_string().contains("href");
        assert!(is_link("https://r.example/x.mp3?sig=%2F") && is_link("HTTP://r"));
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//r.example",
            " https://r",
            "https",
            "https://a\u{202e}b",
            "é",
        ] {
            assert!(!is_link(url), "{url}");
        }
        assert!(!recording(Some(&json!(7))).into_string().contains("href"));
    }

    #[test]
    fn what_is_missing_looks_different_from_what_is_said() {
        let shown = |given: Option<Value>| value(given.as_ref()).into_string();
        let all = [
            shown(None),
            shown(Some(Value::Null)),
            shown(Some(json!("null"))),
            shown(Some(json!(""))),
            shown(Some(json!(0))),
            shown(Some(json!(false))),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(!one.is_empty() && !all[..n].contains(one), "{one}");
        }
        assert!(shown(Some(json!("x".repeat(300)))).contains("(300 bytes)"));
    }
}
