//! The queries. They run on connections of their own: in WAL mode a reader never waits for the writer.

use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use rusqlite::{Connection, Row, params};

use super::desk::Desk;
use crate::store::agenda::now_ms;
use crate::store::{
    DeadLetter, Depth, EffectRecord, Lease, PAGE_BYTES, PAGE_RECORDS, Scope, StoreError,
};

/// Leases up to `limit` due events: expired and retried ones first, then fresh ones in order of arrival.
pub(super) fn lease(
    connection: &Connection,
    desk: &Desk,
    limit: usize,
    hold: Duration,
) -> Result<Vec<Lease>, StoreError> {
    // The book stays locked from read to take, so that two workers never read the same rows.
    let taken = {
        let mut book = desk.book();
        if book.newest > book.cursor {
            let mut fresh = connection.prepare_cached(
                "SELECT event_id, attempt, due_ms FROM work WHERE event_id > ?1 ORDER BY event_id LIMIT ?2",
            )?;
            let mut rows = fresh.query(params![book.cursor, limit as i64])?;
            let mut read = 0;
            while let Some(row) = rows.next()? {
                let id = row.get(0)?;
                book.agenda.put(id, row.get(1)?, row.get(2)?);
                book.cursor = id;
                read += 1;
            }
            if read < limit {
                book.cursor = book.cursor.max(book.newest);
            }
        }
        let taken = book.agenda.take(limit, now_ms(), hold);
        if book.newest > book.cursor {
            desk.wake();
        }
        taken
    };
    let mut event = connection
        .prepare_cached("SELECT call_id, event_type, timestamp, body FROM event WHERE id = ?1")?;
    let mut lease = |(id, attempt)| {
        let (key, body) =
            event.query_row([id], |row| Ok((key(row)?, row.get::<_, Vec<u8>>(3)?)))?;
        Ok(Lease {
            id,
            attempt,
            key,
            body: Bytes::from(body),
        })
    };
    taken.into_iter().map(&mut lease).collect()
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
        "SELECT call_id, event_type, timestamp, kind, data FROM event JOIN effect ON event_id = id
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

pub(super) fn dead_letters(
    connection: &Connection,
    limit: usize,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT call_id, event_type, timestamp, attempts, reason
         FROM dead_letter JOIN event ON event.id = event_id ORDER BY event_id LIMIT ?1",
    )?;
    let letters = query.query_map([limit as i64], |row| {
        Ok(DeadLetter {
            key: key(row)?,
            attempts: row.get(3)?,
            reason: row.get(4)?,
        })
    })?;
    Ok(letters.collect::<Result<_, _>>()?)
}

pub(super) fn depth(connection: &Connection) -> Result<Depth, StoreError> {
    let count = |table: &str| -> rusqlite::Result<u64> {
        let rows: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })?;
        Ok(rows.unsigned_abs())
    };
    Ok(Depth {
        pending: count("work")?,
        dead: count("dead_letter")?,
    })
}

/// The id behind all unfinished events, 0 when there are none.
pub(super) fn newest_work(connection: &Connection) -> Result<i64, StoreError> {
    Ok(
        connection.query_row("SELECT coalesce(max(event_id), 0) FROM work", [], |row| {
            row.get(0)
        })?,
    )
}

fn key(row: &Row<'_>) -> rusqlite::Result<IdempotencyKey> {
    Ok(IdempotencyKey {
        call_id: row.get(0)?,
        event_type: row.get(1)?,
        timestamp: row.get(2)?,
    })
}
