//! What the writer does within a transaction.

use hamsa_schemas::IdempotencyKey;
use rusqlite::{OptionalExtension, Transaction, params};

use super::desk::Desk;
use super::upkeep::{is_forgotten, queue};
use crate::store::agenda::later;
use crate::store::{Acceptance, Conclusion, Effect, Lease, Task};

/// Records and queues an event unless its key is known. The id is that of a new event.
pub(super) fn accept(
    transaction: &Transaction<'_>,
    key: &IdempotencyKey,
    body: &[u8],
    now_ms: i64,
    has_forgotten: bool,
) -> rusqlite::Result<(Acceptance, Option<i64>)> {
    if has_forgotten && is_forgotten(transaction, key)? {
        return Ok((Acceptance::Duplicate { altered: false }, None));
    }
    let IdempotencyKey {
        call_id,
        event_type,
        timestamp,
    } = key;
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO event (call_id, event_type, timestamp, received_ms, body)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![call_id, event_type, timestamp, now_ms, body])?;
    if inserted == 1 {
        let id = transaction.last_insert_rowid();
        queue(transaction, id, Task::Handle, now_ms)?;
        return Ok((Acceptance::New, Some(id)));
    }
    let altered = transaction
        .prepare_cached(
            "SELECT body <> ?4 FROM event WHERE call_id = ?1 AND event_type = ?2 AND timestamp = ?3",
        )?
        .query_row(params![call_id, event_type, timestamp, body], |row| row.get(0))
        .optional()?;
    Ok((
        Acceptance::Duplicate {
            altered: altered.unwrap_or(false),
        },
        None,
    ))
}

/// What became of a conclusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Applied,
    /// Another attempt holds the event.
    Fenced,
    /// The event is done or dead, by whomever: two receivers may share the file.
    Finished,
}

/// The row of `work` is the fence: whoever removes it, or raises its attempt, was first.
pub(super) fn conclude(
    transaction: &Transaction<'_>,
    desk: &Desk,
    lease: &Lease,
    conclusion: &Conclusion,
    now_ms: i64,
) -> rusqlite::Result<Fate> {
    let Lease {
        id, task, attempt, ..
    } = *lease;
    if !desk.book().agenda(task).holds(id, attempt) {
        return Ok(Fate::Fenced);
    }
    let is_first = match conclusion {
        Conclusion::Retry { after } => transaction
            .prepare_cached(
                "UPDATE work SET attempt = ?3, due_ms = ?4
                 WHERE event_id = ?1 AND task = ?2 AND attempt < ?3",
            )?
            .execute(params![id, task.code(), attempt, later(now_ms, *after)])?,
        Conclusion::Done { .. } | Conclusion::Dead { .. } => transaction
            .prepare_cached("DELETE FROM work WHERE event_id = ?1 AND task = ?2 AND attempt < ?3")?
            .execute(params![id, task.code(), attempt])?,
    };
    if is_first == 0 {
        return rejected(transaction, lease);
    }
    match conclusion {
        Conclusion::Done { effect, next } => {
            if let Some(Effect { kind, data }) = effect {
                let key = &lease.key;
                let data = serde_json::to_string(data)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                transaction
                    .prepare_cached(
                        "INSERT INTO effect (event_id, call_id, event_type, timestamp, kind, data)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![
                        id,
                        key.call_id,
                        key.event_type,
                        key.timestamp,
                        kind,
                        data
                    ])?;
            }
            for task in next {
                queue(transaction, id, *task, now_ms)?;
            }
        }
        Conclusion::Dead { reason } => {
            transaction
                .prepare_cached(
                    "INSERT INTO dead_letter (event_id, task, attempts, reason, died_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![id, task.code(), attempt, reason, now_ms])?;
        }
        Conclusion::Retry { .. } => {}
    }
    Ok(Fate::Applied)
}

/// Why the fence let nothing through.
fn rejected(transaction: &Transaction<'_>, lease: &Lease) -> rusqlite::Result<Fate> {
    let is_open = transaction
        .prepare_cached("SELECT 1 FROM work WHERE event_id = ?1 AND task = ?2")?
        .exists(params![lease.id, lease.task.code()])?;
    Ok(if is_open {
        Fate::Fenced
    } else {
        Fate::Finished
    })
}
