//! The SQL of what is read.

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio_postgres::Row;

use super::failure::failure;
use super::session::Session;
use super::work::code;
use crate::store::{
    DeadLetter, Depth, EffectRecord, PAGE_BYTES, PAGE_RECORDS, Scope, StoreError, Task,
};

/// Behind every UTF-8 text.
const END: &[u8] = b"\xff";

/// The beginnings find the place in the index, and the whole keys decide.
const EFFECTS: &str = "
SELECT call_id, event_type, timestamp, kind, data FROM (
    SELECT *, sum(octet_length(data)) OVER (ORDER BY call_id, event_type, timestamp) - octet_length(data) AS before
    FROM (
        SELECT call_id, event_type, timestamp, kind, data FROM effect
        WHERE substring(call_id FROM 1 FOR 512) >= substring($1::bytea FROM 1 FOR 512)
          AND substring(call_id FROM 1 FOR 512) <= substring($4::bytea FROM 1 FOR 512)
          AND (call_id, event_type, timestamp) > ($1, $2::bytea, $3::bytea) AND call_id < $4
        ORDER BY substring(call_id FROM 1 FOR 512), call_id, event_type, timestamp LIMIT $5
    ) AS records
) AS page
WHERE before < $6 ORDER BY call_id, event_type, timestamp";

/// A page of effects, those behind the key `after`.
pub(super) async fn effects(
    session: &Session,
    scope: &Scope,
    after: Option<IdempotencyKey>,
) -> Result<Vec<EffectRecord>, StoreError> {
    let (start, end) = scope.range();
    let end = end.as_deref().map_or(END, str::as_bytes);
    // No part of a key is empty, so all keys of a call are behind the one with empty parts.
    let after = after.unwrap_or(IdempotencyKey {
        call_id: start,
        event_type: String::new(),
        timestamp: String::new(),
    });
    let rows = session
        .query(
            EFFECTS,
            &[
                &after.call_id.as_bytes(),
                &after.event_type.as_bytes(),
                &after.timestamp.as_bytes(),
                &end,
                &(PAGE_RECORDS as i64),
                &(PAGE_BYTES as i64),
            ],
        )
        .await?;
    let record = |row: &Row| {
        Ok(EffectRecord {
            key: key(row)?,
            kind: row.try_get(3)?,
            // Only conclusions fill this column, from a JSON value.
            data: serde_json::from_str(row.try_get(4)?).unwrap_or_default(),
        })
    };
    rows.iter().map(record).collect()
}

/// The latest events are few calls' or many's; a bounded number of them is looked at.
const LATEST_CALLS: &str = "
SELECT call_id FROM (
    SELECT id, call_id FROM event WHERE call_id IS NOT NULL ORDER BY id DESC LIMIT 64 * $1::bigint
) AS latest
GROUP BY call_id ORDER BY max(id) DESC LIMIT $1";

pub(super) async fn latest_calls(
    session: &Session,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let limit = i64::from(u32::try_from(limit).unwrap_or(u32::MAX));
    let rows = session.query(LATEST_CALLS, &[&limit]).await?;
    rows.iter().map(|row| text(row, 0)).collect()
}

const DEAD_LETTERS: &str = "
SELECT call_id, event_type, timestamp, attempts, reason, event_id, task
FROM dead_letter JOIN event ON id = event_id ORDER BY event_id, task LIMIT $1";

pub(super) async fn dead_letters(
    session: &Session,
    limit: usize,
) -> Result<Vec<DeadLetter>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.query(DEAD_LETTERS, &[&limit]).await?;
    rows.iter()
        .filter_map(|row| letter(row).transpose())
        .collect()
}

const DEAD_LETTER: &str = "
SELECT call_id, event_type, timestamp, attempts, reason, event_id, task, body
FROM dead_letter JOIN event ON id = event_id WHERE event_id = $1 AND task = $2";

pub(super) async fn dead_letter(
    session: &Session,
    event: i64,
    task: Task,
) -> Result<Option<(DeadLetter, Bytes)>, StoreError> {
    let rows = session.query(DEAD_LETTER, &[&event, &code(task)]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let body = Bytes::from(row.try_get::<_, Vec<u8>>(7)?);
    Ok(letter(row)?.map(|letter| (letter, body)))
}

/// `None` for a task of another version of the receiver.
fn letter(row: &Row) -> Result<Option<DeadLetter>, StoreError> {
    let task: i16 = row.try_get(6)?;
    let Some(task) = Task::of_code(i64::from(task)) else {
        return Ok(None);
    };
    let attempts: i32 = row.try_get(3)?;
    Ok(Some(DeadLetter {
        id: row.try_get(5)?,
        task,
        key: key(row)?,
        attempts: attempts.unsigned_abs(),
        reason: row.try_get(4)?,
    }))
}

const DEPTH: &str = "
SELECT (SELECT count(*) FROM work WHERE task = 0), (SELECT count(*) FROM work WHERE task > 0),
       (SELECT count(*) FROM dead_letter),
       (SELECT floor(extract(epoch FROM received_at) * 1000)::bigint FROM event
        WHERE id = (SELECT event_id FROM work WHERE task = 0 ORDER BY event_id LIMIT 1))";

pub(super) async fn depth(session: &Session) -> Result<Depth, StoreError> {
    let rows = session.query(DEPTH, &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(Depth::default());
    };
    let count = |index| Ok::<_, StoreError>(row.try_get::<_, i64>(index)?.unsigned_abs());
    Ok(Depth {
        pending: count(0)?,
        deliveries: count(1)?,
        dead: count(2)?,
        oldest_ms: row.try_get(3)?,
    })
}

/// From the first three columns.
pub(super) fn key(row: &Row) -> Result<IdempotencyKey, StoreError> {
    Ok(IdempotencyKey {
        call_id: text(row, 0)?,
        event_type: text(row, 1)?,
        timestamp: text(row, 2)?,
    })
}

fn text(row: &Row, index: usize) -> Result<String, StoreError> {
    String::from_utf8(row.try_get(index)?).map_err(|_| failure("a stored key is not UTF-8"))
}
