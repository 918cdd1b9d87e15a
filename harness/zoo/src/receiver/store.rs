//! What survives the process: records in a file that is only ever appended to, one a line, each in
//! one write. A write that has returned survives SIGKILL.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::Mutex, time::sleep};

use super::{event::Event, keys::EventKey};
use crate::behaviour::Survival;

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Record {
    /// The key was taken, and nothing is known of its work.
    Key(EventKey),
    /// The event was taken under this key, and is to be worked on.
    Taken(EventKey, Event),
    /// The work on the event of this identity was done.
    Done([String; 3]),
    /// The work on the event of this identity will not be done.
    Cancelled([String; 3]),
    /// The key was given back.
    Released(EventKey),
    /// An effect whose key has been thrown away.
    Keyless(Event),
}

/// The file, or nothing where nothing has to survive.
#[derive(Debug)]
pub(super) struct Store {
    rule: Survival,
    file: Option<Arc<Mutex<Writer>>>,
}

#[derive(Debug)]
struct Writer {
    file: File,
    waiting: VecDeque<String>,
}

impl Store {
    /// The store at this place, and what was recorded there before.
    pub(super) fn open(rule: Survival, path: Option<&Path>) -> io::Result<(Self, Vec<Record>)> {
        let Some(path) = path.filter(|_| rule != Survival::Nothing) else {
            return Ok((Self { rule, file: None }, Vec::new()));
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        if let Survival::TornRecordStopsStart(_) = rule
            && !text.is_empty()
            && !text.ends_with('\n')
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the state file ends inside a record",
            ));
        }
        let records: Vec<Record> = text.lines().filter_map(parsed).collect();
        if rule == Survival::KeysUntilCompaction {
            compact(path, &records)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let writer = Writer {
            file,
            waiting: VecDeque::new(),
        };
        let file = Some(Arc::new(Mutex::new(writer)));
        Ok((Self { rule, file }, records))
    }

    /// The event was taken under this key.
    pub(super) async fn take(&self, key: &EventKey, event: &Event) {
        if self.is_forgotten(&event.event_type) {
            return;
        }
        let whole = Record::Taken(key.clone(), event.clone());
        match self.rule {
            Survival::KeyBeforeWork(ms) => {
                self.append(&Record::Key(key.clone())).await;
                sleep(Duration::from_millis(ms)).await;
                self.append(&whole).await;
            }
            Survival::QueueInMemory(_) => self.append(&Record::Key(key.clone())).await,
            _ => self.append(&whole).await,
        }
    }

    /// The work on the event was done.
    pub(super) async fn finish(&self, event: &Event) {
        if self.is_forgotten(&event.event_type) {
            return;
        }
        if let Survival::QueueInMemory(_) = self.rule {
            return self.append(&Record::Keyless(event.clone())).await;
        }
        self.append(&Record::Done(event.identity())).await;
    }

    pub(super) async fn cancel(&self, event: &Event) {
        self.append(&Record::Cancelled(event.identity())).await;
    }

    pub(super) async fn release(&self, key: &EventKey) {
        self.append(&Record::Released(key.clone())).await;
    }

    fn is_forgotten(&self, event_type: &str) -> bool {
        matches!(self.rule, Survival::NotOf(one) if one == event_type)
    }

    /// A record that cannot be written is lost; nobody has been promised anything by then, and the
    /// disk of a laboratory is not what is tested.
    async fn append(&self, record: &Record) {
        let Some(file) = &self.file else { return };
        let line = format!("{}\n", record.as_json());
        match self.rule {
            Survival::WrittenLate(ms) => {
                let file = Arc::clone(file);
                tokio::spawn(async move {
                    sleep(Duration::from_millis(ms)).await;
                    file.lock().await.write(line.as_bytes());
                });
            }
            Survival::AllButLast(count) => {
                let mut writer = file.lock().await;
                writer.waiting.push_back(line);
                if writer.waiting.len() > count
                    && let Some(oldest) = writer.waiting.pop_front()
                {
                    writer.write(oldest.as_bytes());
                }
            }
            Survival::TornRecordStopsStart(ms) => {
                let mut writer = file.lock().await;
                let (first, rest) = line.as_bytes().split_at(line.len() / 2);
                writer.write(first);
                sleep(Duration::from_millis(ms)).await;
                writer.write(rest);
            }
            _ => file.lock().await.write(line.as_bytes()),
        }
    }
}

impl Writer {
    fn write(&mut self, bytes: &[u8]) {
        let _ = self.file.write_all(bytes);
    }
}

impl Record {
    fn as_json(&self) -> Value {
        match self {
            Self::Key(key) => json!({ "key": key }),
            Self::Taken(key, event) => json!({ "taken": key, "event": event.as_json() }),
            Self::Done(identity) => json!({ "done": identity }),
            Self::Cancelled(identity) => json!({ "cancelled": identity }),
            Self::Released(key) => json!({ "released": key }),
            Self::Keyless(event) => json!({ "keyless": event.as_json() }),
        }
    }
}

/// The record of a line; none where the line is torn.
fn parsed(line: &str) -> Option<Record> {
    let mut value: Value = serde_json::from_str(line).ok()?;
    let texts = |value: Value| serde_json::from_value::<[String; 3]>(value).ok();
    let event = |value: Value| {
        let data = value.get("data").cloned().unwrap_or_default();
        Some(Event::new(texts(value.get("identity")?.clone())?, data))
    };
    let (name, own) = value
        .as_object_mut()?
        .iter_mut()
        .find(|(name, _)| *name != "event")
        .map(|(name, own)| (name.clone(), own.take()))?;
    Some(match name.as_str() {
        "key" => Record::Key(texts(own)?),
        "taken" => Record::Taken(texts(own)?, event(value["event"].take())?),
        "done" => Record::Done(texts(own)?),
        "cancelled" => Record::Cancelled(texts(own)?),
        "released" => Record::Released(texts(own)?),
        "keyless" => Record::Keyless(event(own)?),
        _ => return None,
    })
}

/// Writes the file anew, shorter, and without the keys.
fn compact(path: &Path, records: &[Record]) -> io::Result<()> {
    let events: Vec<&Event> = records
        .iter()
        .filter_map(|record| match record {
            Record::Taken(_, event) | Record::Keyless(event) => Some(event),
            _ => None,
        })
        .collect();
    let lines: String = events
        .into_iter()
        .map(|event| format!("{}\n", Record::Keyless(event.clone()).as_json()))
        .collect();
    // Renamed when whole: a kill in between loses nothing but the keys.
    let new = path.with_extension("new");
    std::fs::write(&new, lines)?;
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(call_id: &str) -> Event {
        let identity = [call_id, "call.ended", "t"].map(str::to_owned);
        Event::new(identity, json!({ "text": "ä" }))
    }

    #[tokio::test]
    async fn what_was_written_is_read_and_a_torn_end_is_not() {
        let folder = std::env::temp_dir().join(format!("zoo-store-{}", std::process::id()));
        let (store, before) = Store::open(Survival::Whole, Some(&folder)).unwrap();
        assert!(before.is_empty());
        let key = ["k", "", ""].map(str::to_owned);
        store.take(&key, &event("c1")).await;
        store.finish(&event("c1")).await;
        let mut file = OpenOptions::new().append(true).open(&folder).unwrap();
        file.write_all(b"{\"taken\":[\"x").unwrap();
        let (_, records) = Store::open(Survival::Whole, Some(&folder)).unwrap();
        std::fs::remove_file(&folder).unwrap();
        assert_eq!(records.len(), 2, "{records:?}");
        match &records[0] {
            Record::Taken(own, taken) => {
                assert_eq!(
                    (own, &taken.call_id, &taken.data["text"]),
                    (&key, &"c1".to_owned(), &json!("ä"))
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
