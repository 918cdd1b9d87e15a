//! A start after an end: what was recorded is remembered, and work that was not done is done.

use super::{event::Event, journal::Journal, keys::Keys, store::Record};
use crate::behaviour::Survival;

/// Puts keys and effects back, and gives the events that are still to be worked on.
pub(super) fn recover(
    rule: Survival,
    records: Vec<Record>,
    keys: &Keys,
    journal: &Journal,
) -> Vec<Event> {
    let mut open: Vec<Event> = Vec::new();
    let mut done: Vec<Event> = Vec::new();
    for record in records {
        match record {
            Record::Key(key) => {
                keys.enter(&key);
            }
            Record::Taken(key, event) => {
                if rule != Survival::EffectsOnly {
                    keys.enter(&key);
                }
                open.push(event);
            }
            Record::Done(identity) => {
                if let Some(event) = removed(&mut open, &identity) {
                    done.push(event);
                }
            }
            Record::Cancelled(identity) => {
                removed(&mut open, &identity);
            }
            Record::Released(key) => keys.release(&key),
            Record::Keyless(event) => done.push(event),
        }
    }
    if rule != Survival::KeysOnly {
        done.iter().for_each(|event| journal.restore(event.clone()));
    }
    if let Survival::RedoesLast(count) = rule {
        open.extend(done.into_iter().rev().take(count));
    }
    open
}

/// Takes the newest event of this identity out. The newest, as that is what was worked on.
fn removed(events: &mut Vec<Event>, identity: &[String; 3]) -> Option<Event> {
    let at = events
        .iter()
        .rposition(|event| event.identity() == *identity)?;
    Some(events.swap_remove(at))
}
