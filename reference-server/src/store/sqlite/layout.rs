//! Tables, views and pragmas.
//!
//! `event` is the idempotency record and never changes after its insert; what is still to be done stands
//! in `work`, what was done in `effect`. So a finished event costs no rewrite of its body, and the queue stays a
//! small table with rows added at one end and taken from the other.
//!
//! The unique key is the triple itself, not a hash of it: columns cannot be joined ambiguously (D-07), and byte order
//! is the default collation. It begins with the timestamp, so that it grows at its end as time does: a key that began with
//! a random `callId` would touch a page of its own for each event.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction};

use crate::store::StoreError;

const VERSION: i64 = 2;

/// How long another process's lock is waited for, at the start and then by each group: every sender in it waits too.
const START_WAIT: Duration = Duration::from_secs(5);
const BUSY_WAIT: Duration = Duration::from_secs(1);

const TABLES: &str = "
CREATE TABLE event (
    -- AUTOINCREMENT, or the id of a removed event would be given to a new one, behind the leasing side's back.
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id     TEXT NOT NULL,
    event_type  TEXT NOT NULL,
    timestamp   TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_key ON event (timestamp, call_id, event_type);

CREATE TABLE work (
    event_id INTEGER NOT NULL,
    task     INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    due_ms   INTEGER NOT NULL,
    PRIMARY KEY (event_id, task)
) STRICT, WITHOUT ROWID;

CREATE INDEX work_of_sinks ON work (event_id) WHERE task <> 0;

CREATE TABLE effect (
    event_id   INTEGER PRIMARY KEY,
    call_id    TEXT NOT NULL,
    event_type TEXT NOT NULL,
    timestamp  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL
) STRICT;
CREATE INDEX effect_call ON effect (call_id, event_type, timestamp);

CREATE TABLE dead_letter (
    event_id INTEGER NOT NULL,
    task     INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    died_ms  INTEGER NOT NULL,
    PRIMARY KEY (event_id, task)
) STRICT, WITHOUT ROWID;

-- SHA-256 of the keys of events whose content was erased.
CREATE TABLE forgotten (
    key_hash    BLOB PRIMARY KEY,
    received_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX forgotten_age ON forgotten (received_ms);

CREATE VIEW utterance AS
SELECT call_id, timestamp, data ->> 'speaker' AS speaker, data ->> 'text' AS text,
       data ->> 'confidence' AS confidence
FROM effect WHERE kind = 'utterance';

CREATE VIEW tool_run AS
SELECT call_id, timestamp, data ->> 'toolName' AS tool_name, data -> 'input' AS input,
       data -> 'output' AS output, data ->> 'durationMs' AS duration_ms
FROM effect WHERE kind = 'tool_run';

CREATE VIEW call_end AS
SELECT call_id, timestamp, data ->> 'endedAt' AS ended_at, data ->> 'durationSeconds' AS duration_seconds,
       data ->> 'conversationId' AS conversation_id, data ->> 'recordingUrl' AS recording_url,
       data -> 'transcript' AS transcript, data -> 'outcome' AS outcome
FROM effect WHERE kind = 'call_ended';
";

/// Opens the connection that writes, and creates the tables in a new file.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    create_private(path);
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(START_WAIT)?;
    // A row of a few KiB fits a 16 KiB page several times and never spills. Set before WAL, or it is ignored.
    connection.pragma_update(None, "page_size", 16_384)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL, not NORMAL: in WAL mode only FULL syncs each commit, and an ack promises it.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -8_192)?;

    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        VERSION => {}
        0 => {
            let transaction = connection.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        _ => {
            return Err(StoreError::Version {
                found,
                known: VERSION,
            });
        }
    }
    connection.busy_timeout(BUSY_WAIT)?;
    Ok(connection)
}

/// Whether deleted content is overwritten. It costs writes, so only the erasing of personal data asks for it.
pub(super) fn overwrite_deleted(
    connection: &Connection,
    overwrite: bool,
) -> Result<(), StoreError> {
    // The pragma answers with a row.
    connection.pragma_update_and_check(None, "secure_delete", overwrite, |_| Ok(()))?;
    Ok(())
}

/// Changes whenever another connection, in any process, has committed.
pub(super) fn data_version(connection: &Connection) -> Result<i64, StoreError> {
    let mut query = connection.prepare_cached("PRAGMA data_version")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// Events hold personal data: a new file is its owner's alone. SQLite gives log and index the mode of the file.
fn create_private(path: &Path) {
    // Whatever fails here, SQLite will fail with, and say so. An existing file is not opened, let alone changed.
    let _ = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
}

/// Writes what is written already: proves that the disk takes a page, and changes nothing.
pub(super) fn rewrite_version(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(transaction.pragma_update(None, "user_version", VERSION)?)
}

/// Opens a connection that only reads a file which [`open_writer`] has prepared.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -2_048)?;
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Backend(std::sync::Arc::new(error))
    }
}
