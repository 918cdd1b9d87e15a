//! The queries. They run on connections of their own: in WAL mode a reader never waits for the writer.

use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::desk::{Book, Desk};
use crate::store::agenda::now_ms;
use crate::store::{
    DeadLetter, Depth, EffectRecord, LEASED_BYTES, Lease, PAGE_BYTES, PAGE_RECORDS, Scope,
    StoreError, Task,
};

/// Leases up to `limit` due tasks: expired and retried ones first, then fresh ones in order of arrival.
pub(super) fn lease(
    connection: &Connection,
    desk: &Desk,
    task: Task,
    limit: usize,
    hold: Duration,
) -> Result<Vec<Lease>, StoreError> {
    // The book stays locked from read to take, so that two workers never read the same rows.
    let taken = {
        let mut book = desk.book();
        if task == Task::Handle && book.newest > book.cursor {
            read_fresh(connection, &mut book, limit)?;
        }
        let taken = book.agenda(task).take(limit, now_ms(), hold);
        if taken.len() == limit || book.newest > book.cursor {
            desk.wake(task);
        }
        taken
    };
    let mut event = connection
        .prepare_cached("SELECT call_id, event_type, timestamp, body FROM event WHERE id = ?1")?;
    let mut leases = Vec::with_capacity(taken.len());
    let mut bytes = 0;
    for (id, attempt) in taken {
        if bytes >= LEASED_BYTES {
            desk.book().agenda(task).give_back(id, attempt);
            desk.wake(task);
            continue;
        }
        let found = event
            .query_row([id], |row| Ok((key(row)?, row.get::<_, Vec<u8>>(3)?)))
            .optional()?;
        let Some((key, body)) = found else {
            // It was erased meanwhile, by another process.
            desk.book().remove(id);
            continue;
        };
        bytes += body.len();
        leases.push(Lease {
            id,
            task,
            attempt,
            key,
            body: Bytes::from(body),
        });
    }
    Ok(leases)
}

fn read_fresh(connection: &Connection, book: &mut Book, limit: usize) -> Result<(), StoreError> {
    let mut fresh = connection.prepare_cached(
        "SELECT event_id, attempt, due_ms FROM work WHERE event_id > ?1 AND task = 0
         ORDER BY event_id LIMIT ?2",
    )?;
    let mut rows = fresh.query(params![book.cursor, limit as i64])?;
    let mut read = 0;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        book.agenda(Task::Handle).put(id, row.get(1)?, row.get(2)?);
        book.cursor = id;
        read += 1;
    }
    if read < limit {
        book.cursor = book.cursor.max(book.newest);
    }
    Ok(())
}

/// Puts what the book does not know into it: at the start, and when another process has queued something.
pub(super) fn look(connection: &Connection, desk: &Desk) -> Result<(), StoreError> {
    let mut book = desk.book();
    let newest: Option<i64> = connection
        .prepare_cached("SELECT event_id FROM work WHERE task = 0 ORDER BY event_id DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    book.newest = book.newest.max(newest.unwrap_or(0));
    let mut known = connection.prepare_cached(
        "SELECT event_id, task, attempt, due_ms FROM work WHERE event_id <= ?1 AND task = 0
         UNION ALL SELECT event_id, task, attempt, due_ms FROM work WHERE task <> 0",
    )?;
    let mut rows = known.query([book.cursor])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let Some(task) = Task::of_code(row.get(1)?) else {
            continue;
        };
        let agenda = book.agenda(task);
        if !agenda.contains(id) {
            agenda.put(id, row.get(2)?, row.get(3)?);
        }
    }
    Ok(())
}

/// A page of effects, those behind the key `after`.
pub(super) fn effects(
    connection: &Connection,
    scope: &Scope,
    after: Option<IdempotencyKey>,
) -> Result<Vec<EffectRecord>, StoreError> {
    // `+` would hide the index; the range must be on the bare columns. A missing end is a text
    // behind every other: no UTF-8 text starts with the byte FF, but a BLOB sorts behind all texts.
    let (start, end) = scope.range();
    let end = end.map_or_else(|| rusqlite::types::Value::Blob(Vec::new()), Into::into);
    // No part of a key is empty, so all keys of a call are behind the one with empty parts.
    let after = after.unwrap_or(IdempotencyKey {
        call_id: start,
        event_type: String::new(),
        timestamp: String::new(),
    });
    let mut query = connection.prepare_cached(
        "SELECT call_id, event_type, timestamp, kind, data FROM effect
         WHERE (call_id, event_type, timestamp) > (?1, ?2, ?3) AND call_id < ?4
         ORDER BY call_id, event_type, timestamp",
    )?;
    let mut rows = query.query(params![
        after.call_id,
        after.event_type,
        after.timestamp,
        end
    ])?;
    let mut page = Vec::new();
    let mut bytes = 0;
    while page.len() < PAGE_RECORDS
        && bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        let data: String = row.get(4)?;
        bytes += data.len();
        page.push(EffectRecord {
            key: key(row)?,
            kind: row.get(3)?,
            // Only the writer fills this column, from a JSON value.
            data: serde_json::from_str(&data).unwrap_or_default(),
        });
    }
    Ok(page)
}

pub(super) fn latest_calls(
    connection: &Connection,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    // The latest events are few calls' or many's; a bounded number of them is looked at.
    let mut query = connection.prepare_cached(
        "SELECT call_id FROM (SELECT id, call_id FROM event ORDER BY id DESC LIMIT 64 * ?1)
         GROUP BY call_id ORDER BY max(id) DESC LIMIT ?1",
    )?;
    let calls = query.query_map([limit as i64], |row| row.get(0))?;
    Ok(calls.collect::<Result<_, _>>()?)
}

pub(super) fn dead_letters(
    connection: &Connection,
    limit: usize,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT call_id, event_type, timestamp, attempts, reason, event_id, task
         FROM dead_letter JOIN event ON event.id = event_id ORDER BY event_id, task LIMIT ?1",
    )?;
    let letters = query.query_map([limit as i64], letter)?;
    Ok(letters
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?)
}

pub(super) fn dead_letter(
    connection: &Connection,
    id: i64,
    task: Task,
) -> Result<Option<(DeadLetter, Bytes)>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT call_id, event_type, timestamp, attempts, reason, event_id, task, body
         FROM dead_letter JOIN event ON event.id = event_id WHERE event_id = ?1 AND task = ?2",
    )?;
    let found = query.query_row(params![id, task.code()], |row| {
        Ok((letter(row)?, row.get::<_, Vec<u8>>(7)?))
    });
    let found = found.optional()?;
    Ok(found.and_then(|(letter, body)| Some((letter?, Bytes::from(body)))))
}

/// `None` for a task of another version of the receiver.
fn letter(row: &Row<'_>) -> rusqlite::Result<Option<DeadLetter>> {
    let Some(task) = Task::of_code(row.get(6)?) else {
        return Ok(None);
    };
    Ok(Some(DeadLetter {
        id: row.get(5)?,
        task,
        key: key(row)?,
        attempts: row.get(3)?,
        reason: row.get(4)?,
    }))
}

/// Ids and keys of a call's events, those without effect too. A walk along the index of keys, which is rare.
pub(super) fn events_of(
    connection: &Connection,
    call_id: &str,
) -> Result<Vec<(i64, IdempotencyKey)>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT call_id, event_type, timestamp, id FROM event INDEXED BY event_key WHERE call_id = ?1",
    )?;
    let events = query.query_map([call_id], |row| Ok((row.get(3)?, key(row)?)))?;
    Ok(events.collect::<Result<_, _>>()?)
}

pub(super) fn depth(connection: &Connection) -> Result<Depth, StoreError> {
    let count = |what: &str| -> rusqlite::Result<u64> {
        let rows: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| {
                row.get(0)
            })?;
        Ok(rows.unsigned_abs())
    };
    // Their index is small where they are few; all of `work` is counted once.
    let deliveries = count("work WHERE task <> 0")?;
    let oldest_ms = connection
        .prepare_cached(
            "SELECT received_ms FROM event
             WHERE id = (SELECT event_id FROM work WHERE task = 0 ORDER BY event_id LIMIT 1)",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(Depth {
        pending: count("work")?.saturating_sub(deliveries),
        deliveries,
        dead: count("dead_letter")?,
        oldest_ms,
    })
}

fn key(row: &Row<'_>) -> rusqlite::Result<IdempotencyKey> {
    Ok(IdempotencyKey {
        call_id: row.get(0)?,
        event_type: row.get(1)?,
        timestamp: row.get(2)?,
    })
}
