//! `dead-letters list`, `show` and `retry`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write;

use serde_json::{Value, json};

use super::AdminError;
use super::id::LetterId;
use crate::json_text;
use crate::store::{DeadLetter, Store};
use crate::telemetry::Outside;

/// Letters that are looked at together.
const PORTION: usize = 500;

/// What to do with dead letters.
#[derive(Debug, clap::Subcommand)]
pub enum DeadLettersCommand {
    /// One line each: id, attempts, event, and why the last attempt failed
    List {
        /// Most of them to show
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        /// One JSON object per line instead
        #[arg(long)]
        json: bool,
    },
    /// A dead letter and the whole event, as JSON. That is personal data
    Show {
        /// As `list` shows it
        #[arg(value_name = "ID")]
        id: LetterId,
    },
    /// Queue it again, as if it had never been tried
    Retry {
        /// As `list` shows them
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<LetterId>,
        /// All that there are now
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

impl DeadLettersCommand {
    pub(super) async fn run(
        self,
        store: &dyn Store,
        out: &mut (impl Write + Send),
    ) -> Result<(), AdminError> {
        match self {
            Self::List { limit, json } => {
                for letter in store.dead_letters(limit).await? {
                    let line = if json {
                        for_terminal(&to_json(&letter).to_string())
                    } else {
                        to_line(&letter)
                    };
                    writeln!(out, "{line}")?;
                }
                Ok(())
            }
            Self::Show { id } => {
                let found = store.dead_letter(id.event, id.task).await?;
                let (letter, body) = found.ok_or_else(|| AdminError::NoLetter(id.to_string()))?;
                let mut shown = to_json(&letter);
                shown["event"] = json_text::read(&body).unwrap_or_default();
                Ok(writeln!(out, "{}", for_terminal(&format!("{shown:#}")))?)
            }
            Self::Retry { ids, all } => {
                if all {
                    return retry_all(store, out).await;
                }
                for id in ids {
                    if !store.revive(id.event, id.task).await? {
                        return Err(AdminError::NoLetter(id.to_string()));
                    }
                    writeln!(out, "queued {id} again")?;
                }
                Ok(())
            }
        }
    }
}

/// Portion by portion, each letter once: one that dies again meanwhile stays.
async fn retry_all(store: &dyn Store, out: &mut (impl Write + Send)) -> Result<(), AdminError> {
    let mut seen = BTreeSet::new();
    loop {
        // Those that died again stand before the rest, and must not hide it.
        let letters = store.dead_letters(PORTION + seen.len()).await?;
        let ids = letters.iter().map(LetterId::of);
        let new: Vec<LetterId> = ids.filter(|id| seen.insert(*id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        for id in new {
            if store.revive(id.event, id.task).await? {
                writeln!(out, "queued {id} again")?;
            }
        }
    }
}

fn to_line(letter: &DeadLetter) -> String {
    let DeadLetter {
        key,
        attempts,
        reason,
        ..
    } = letter;
    let (event_type, call_id) = (Outside(&key.event_type), Outside(&key.call_id));
    let (timestamp, reason) = (Outside(&key.timestamp), Outside(reason));
    let id = LetterId::of(letter);
    format!("{id}  attempts {attempts}  {event_type:?} {call_id:?} {timestamp:?}  {reason:?}")
}

fn to_json(letter: &DeadLetter) -> Value {
    json!({
        "id": LetterId::of(letter).to_string(),
        "task": letter.task.name(),
        "callId": letter.key.call_id,
        "eventType": letter.key.event_type,
        "timestamp": letter.key.timestamp,
        "attempts": letter.attempts,
        "reason": letter.reason,
    })
}

/// The same JSON, with what steers a terminal escaped: `serde_json` escapes only what is below U+0020.
fn for_terminal(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a character is DEL, a C1 control, or one that changes the direction of text.
fn steers(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_the_json_stays_the_same() {
        let steering =
            "\u{1b}\u{7f}\u{80}\u{9b}\u{9f}\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}";
        let value = json!({steering: [steering, "\\é 😀\u{a0}\u{200d}"]});
        for text in [value.to_string(), format!("{value:#}")] {
            let shown = for_terminal(&text);
            assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
            let is_safe = |c: char| c == '\n' || !(c.is_control() || steering.contains(c));
            assert!(shown.chars().all(is_safe), "{shown:?}");
            assert!(
                shown.contains(r"\u009b") && shown.contains("é 😀"),
                "{shown}"
            );
        }
    }
}
