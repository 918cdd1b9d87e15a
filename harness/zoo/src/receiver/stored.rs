//! What an effect keeps of its event's key.

use super::{event::Event, scan};
use crate::behaviour::Stored;

/// The event as its effect keeps it.
pub(super) fn kept(rule: Stored, mut event: Event) -> Event {
    let each = |event: &mut Event, change: &dyn Fn(&str) -> String| {
        for text in [
            &mut event.call_id,
            &mut event.event_type,
            &mut event.timestamp,
        ] {
            *text = change(text);
        }
    };
    match rule {
        Stored::Exactly => {}
        Stored::ToNul => each(&mut event, &|text| scan::to_nul(text).to_owned()),
        Stored::WithoutControls => each(&mut event, &|text| {
            text.chars().filter(|char| !char.is_control()).collect()
        }),
        Stored::EqualLineEnds => each(&mut event, &|text| text.replace("\r\n", "\n")),
        Stored::Sanitised => {
            let is_safe = |char: char| char.is_alphanumeric() || "-_.:".contains(char);
            event.call_id = event
                .call_id
                .chars()
                .map(|char| if is_safe(char) { char } else { '_' })
                .collect();
        }
        Stored::DatesOnly => {
            if !is_date(&event.timestamp) {
                "1970-01-01T00:00:00.000Z".clone_into(&mut event.timestamp);
            }
        }
    }
    event
}

/// Looks like a date of this era.
fn is_date(text: &str) -> bool {
    let year = text.split('-').next().unwrap_or_default();
    year.len() == 4 && year.parse::<u16>().is_ok_and(|year| year >= 1970)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn an_ordinary_key_survives_every_rule() {
        let ordinary = ["hc-1", "call.ended", "2026-01-01T00:00:00.000Z"].map(str::to_owned);
        for rule in [
            Stored::Exactly,
            Stored::ToNul,
            Stored::WithoutControls,
            Stored::Sanitised,
            Stored::EqualLineEnds,
            Stored::DatesOnly,
        ] {
            let event = kept(rule, Event::new(ordinary.clone(), Value::Null));
            let kept = [event.call_id, event.event_type, event.timestamp];
            assert_eq!(kept, ordinary, "{rule:?}");
        }
        let odd = ["a\0b'/", "t", "yesterday"].map(str::to_owned);
        let cut = kept(Stored::ToNul, Event::new(odd.clone(), Value::Null));
        assert_eq!(cut.call_id, "a");
        let dated = kept(Stored::DatesOnly, Event::new(odd, Value::Null));
        assert!(dated.timestamp.starts_with("1970"));
    }
}
