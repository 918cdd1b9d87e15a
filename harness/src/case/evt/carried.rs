//! What became of a value on its way into an effect, whatever shape the effect's `data` has.
//!
//! Receivers keep events in shapes of their own. So nothing is looked for in a place: texts are
//! found wherever they stand, members by their unusual names, and what cannot be found proves
//! nothing.

use serde_json::Value;

/// JSON inside strings is unfolded so often: a body kept as text, with params kept as text in it.
const UNFOLDED: usize = 3;
/// Characters of a changed text that are shown.
const SHOWN: usize = 80;

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Carried {
    /// It is there as it was sent.
    Whole,
    /// It is there in another form, which is shown.
    Changed(String),
    /// It is not there, which may be as it should be.
    Missing,
}

/// The `data` of an event's effects, laid open.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Every string, in the order of the document.
    texts: Vec<String>,
    /// Every member of every object.
    members: Vec<(String, Value)>,
    numbers: Vec<Value>,
}

impl Told {
    /// Lays open what these effects tell.
    pub(super) fn new<'d>(data: impl IntoIterator<Item = &'d Value>) -> Self {
        let mut told = Self::default();
        for value in data {
            told.read(value, UNFOLDED);
        }
        told
    }

    fn read(&mut self, value: &Value, unfold: usize) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.members.push((name.clone(), value.clone()));
                    self.read(value, unfold);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.read(item, unfold)),
            Value::String(text) => {
                match unfolded(text) {
                    Some(inner) if unfold > 0 => self.read(&inner, unfold - 1),
                    _ => {}
                }
                self.texts.push(text.clone());
            }
            Value::Number(_) => self.numbers.push(value.clone()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// A text that has this `anchor`, plain ASCII, somewhere inside it.
    pub(super) fn text(&self, sent: &str, anchor: &str) -> Carried {
        if self.texts.iter().any(|text| text.contains(sent)) {
            return Carried::Whole;
        }
        let found = self
            .texts
            .iter()
            .find_map(|text| Some((text, text.find(anchor)?)));
        match found {
            Some((text, _)) if is_preview(text) => Carried::Missing,
            Some((text, at)) => Carried::Changed(excerpt(text, at)),
            None => Carried::Missing,
        }
    }

    /// A value without an unusual name or an anchor: it is there or it is not.
    pub(super) fn holds(&self, sent: &Value) -> bool {
        match sent {
            Value::String(sent) => self.texts.iter().any(|text| text.contains(sent.as_str())),
            Value::Number(_) => {
                let is_it = |text: &&String| is_same(sent, &Value::from(text.as_str()));
                self.numbers.iter().any(|number| is_same(sent, number))
                    || self.texts.iter().any(|text| is_it(&text))
            }
            other => self.members.iter().any(|(_, value)| is_same(other, value)),
        }
    }

    /// The member of this unusual name.
    pub(super) fn member(&self, name: &str, sent: &Value) -> Carried {
        let mut named = self
            .members
            .iter()
            .filter(|(known, _)| known == name)
            .peekable();
        match named.peek() {
            None => Carried::Missing,
            Some((_, first)) => {
                let first = excerpt(&first.to_string(), 0);
                match named.any(|(_, value)| is_same(sent, value)) {
                    true => Carried::Whole,
                    false => Carried::Changed(first),
                }
            }
        }
    }

    /// True when there is a member of this name.
    pub(super) fn has_member(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| known == name)
    }

    /// The order in which these texts appear, as their indices; nothing unless all are there.
    pub(super) fn order(&self, texts: &[&str]) -> Option<Vec<usize>> {
        let mut places = texts
            .iter()
            .enumerate()
            .map(|(index, wanted)| {
                let found = self.texts.iter().enumerate();
                let place = found
                    .filter_map(|(at, text)| Some((at, text.find(wanted)?)))
                    .next()?;
                Some((place, index))
            })
            .collect::<Option<Vec<_>>>()?;
        places.sort_unstable();
        Some(places.into_iter().map(|(_, index)| index).collect())
    }
}

/// The object or array that a text holds.
fn unfolded(text: &str) -> Option<Value> {
    text.trim_start()
        .starts_with(['{', '['])
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

/// The same value: numbers by value, and a scalar kept as text is the scalar. Of an object, all
/// that was sent has to be there.
fn is_same(sent: &Value, kept: &Value) -> bool {
    match (sent, kept) {
        (Value::Number(sent), Value::Number(kept)) => {
            sent == kept || (is_fraction(sent, kept) && sent.as_f64() == kept.as_f64())
        }
        (Value::Number(_) | Value::Bool(_), Value::String(kept)) => serde_json::from_str(kept)
            .is_ok_and(|kept: Value| !kept.is_string() && is_same(sent, &kept)),
        (Value::Object(sent), Value::Object(kept)) => sent
            .iter()
            .all(|(name, value)| kept.get(name).is_some_and(|kept| is_same(value, kept))),
        (Value::Array(sent), Value::Array(kept)) => {
            sent.len() == kept.len()
                && sent
                    .iter()
                    .zip(kept)
                    .all(|(sent, kept)| is_same(sent, kept))
        }
        (Value::String(sent), Value::Object(_) | Value::Array(_)) => {
            unfolded(sent).is_some_and(|sent| is_same(&sent, kept))
        }
        (Value::Object(_) | Value::Array(_), Value::String(kept)) => {
            unfolded(kept).is_some_and(|kept| is_same(sent, &kept))
        }
        (sent, kept) => sent == kept,
    }
}

/// True when one of them is written with a fraction: whole numbers beyond 2^53 differ although
/// they are the same as floating point.
fn is_fraction(one: &serde_json::Number, two: &serde_json::Number) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_small = |number: &serde_json::Number| number.as_f64().is_some_and(|n| n.abs() < EXACT);
    (one.is_f64() && two.is_f64()) || (is_small(one) && is_small(two))
}

/// True for a text that says itself that it was cut.
fn is_preview(text: &str) -> bool {
    text.trim_end().ends_with('…') || text.trim_end().ends_with("...")
}

/// A few characters from a place in a text on, which is at a character's start.
fn excerpt(text: &str, at: usize) -> String {
    let rest = text.get(at..).unwrap_or(text);
    match rest.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &rest[..end], rest.chars().count()),
        None => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(data: &Value) -> Told {
        Told::new([data])
    }

    #[test]
    fn a_text_is_found_in_any_shape() {
        let sent = "anchor-1 مَرْحَبًا";
        let kept_as_text = json!({"body": json!({"x": [{"Agent": sent}]}).to_string()});
        let escaped =
            json!(r#"{"t": "anchor-1 \u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627"}"#);
        for data in [
            json!({"transcript": [{"User": sent}]}),
            json!({"t": format!("Agent: hi\nUser: {sent}\n")}),
            json!([[sent]]),
            kept_as_text,
            escaped,
        ] {
            assert_eq!(told(&data).text(sent, "anchor-1"), Carried::Whole, "{data}");
        }
    }

    #[test]
    fn a_changed_text_is_told_from_a_missing_one() {
        let text = |kept: &str| told(&json!({ "t": kept })).text("anchor-1 <é>", "anchor-1");
        assert_eq!(
            text("anchor-1 &lt;é&gt;"),
            Carried::Changed("anchor-1 &lt;é&gt;".to_owned())
        );
        assert!(matches!(text("x: anchor-1 <"), Carried::Changed(_)));
        assert_eq!(text("something else"), Carried::Missing);
        assert_eq!(text("anchor-1 …"), Carried::Missing);
        assert_eq!(Told::default().text("a", "a"), Carried::Missing);
        let both = json!(["anchor-1 <e>", "anchor-1 <é>"]);
        assert_eq!(told(&both).text("anchor-1 <é>", "anchor-1"), Carried::Whole);
    }

    #[test]
    fn members_are_compared_by_value() {
        let data =
            json!({"o": {"n": 1.0, "t": "2.5", "s": "007", "j": "[1, 2]", "z": null, "b": "true"}});
        let told = told(&data);
        for (name, sent) in [
            ("n", json!(1)),
            ("t", json!(2.5)),
            ("s", json!("007")),
            ("j", json!([1, 2])),
            ("j", json!("[1,2]")),
            ("z", Value::Null),
            ("b", json!(true)),
            ("o", json!({"n": 1})),
        ] {
            let is_text = sent == json!("[1,2]");
            let whole = told.member(name, &sent) == Carried::Whole;
            assert!(whole != is_text, "{name} {sent}");
        }
        assert_eq!(
            told.member("s", &json!("7")),
            Carried::Changed("\"007\"".to_owned())
        );
        assert_eq!(
            told.member("z", &json!(0)),
            Carried::Changed("null".to_owned())
        );
        assert_eq!(told.member("absent", &Value::Null), Carried::Missing);
    }

    #[test]
    fn digits_that_floating_point_loses_are_missed() {
        let sent = json!(9_007_199_254_740_993_i64);
        let kept = |value: Value| told(&json!({ "id": value })).member("id", &sent);
        assert_eq!(kept(sent.clone()), Carried::Whole);
        assert_eq!(kept(json!("9007199254740993")), Carried::Whole);
        assert!(matches!(
            kept(json!(9_007_199_254_740_992_i64)),
            Carried::Changed(_)
        ));
        assert!(matches!(
            kept(json!(9_007_199_254_740_992.0)),
            Carried::Changed(_)
        ));
        let single = json!({"r": f64::from(0.123_456_79_f32)});
        assert!(matches!(
            told(&single).member("r", &json!(0.123_456_789_012)),
            Carried::Changed(_)
        ));
    }

    #[test]
    fn order_is_that_of_the_document() {
        let apart = json!([{"A": "one"}, {"B": "two"}, {"A": "three"}]);
        let flat = json!("A: one\nB: two\nA: three");
        let texts = ["one", "two", "three"];
        for data in [apart, flat] {
            assert_eq!(told(&data).order(&texts), Some(vec![0, 1, 2]));
        }
        let grouped = json!({"A": ["one", "three"], "B": ["two"]});
        assert_eq!(told(&grouped).order(&texts), Some(vec![0, 2, 1]));
        assert_eq!(told(&json!(["one", "two"])).order(&texts), None);
    }

    #[test]
    fn plain_values_are_found_or_not() {
        let data = json!({"a": "call +1202", "n": 184.0, "t": "0.25"});
        let told = told(&data);
        assert!(told.holds(&json!("+1202")) && told.holds(&json!(184)) && told.holds(&json!(0.25)));
        assert!(!told.holds(&json!("+1203")) && !told.holds(&json!(185)));
        assert!(told.has_member("n") && !told.has_member("N"));
    }
}
