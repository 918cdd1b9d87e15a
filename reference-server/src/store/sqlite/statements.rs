//! What the writer does within a transaction.

use hamsa_schemas::IdempotencyKey;
use rusqlite::{OptionalExtension, Transaction, params};

use super::desk::Desk;
use crate::store::agenda::later;
use crate::store::{Acceptance, Conclusion, Lease};

/// Records and queues an event unless its key is known. The id is that of a new event.
pub(super) fn accept(
    transaction: &Transaction<'_>,
    key: &IdempotencyKey,
    body: &[u8],
    now_ms: i64,
) -> rusqlite::Result<(Acceptance, Option<i64>)> {
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
        transaction
            .prepare_cached("INSERT INTO work (event_id, attempt, due_ms) VALUES (?1, 0, ?2)")?
            .execute(params![id, now_ms])?;
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
    if !desk.book().agenda.holds(lease.id, lease.attempt) {
        return Ok(Fate::Fenced);
    }
    if let Conclusion::Retry { after } = conclusion {
        let raised = transaction
            .prepare_cached(
                "UPDATE work SET attempt = ?2, due_ms = ?3 WHERE event_id = ?1 AND attempt < ?2",
            )?
            .execute(params![lease.id, lease.attempt, later(now_ms, *after)])?;
        return if raised == 1 {
            Ok(Fate::Applied)
        } else {
            rejected(transaction, lease.id)
        };
    }
    let removed = transaction
        .prepare_cached("DELETE FROM work WHERE event_id = ?1 AND attempt < ?2")?
        .execute(params![lease.id, lease.attempt])?;
    if removed == 0 {
        return rejected(transaction, lease.id);
    }
    match conclusion {
        Conclusion::Done(Some(effect)) => transaction
            .prepare_cached("INSERT INTO effect (event_id, kind, data) VALUES (?1, ?2, ?3)")?
            .execute(params![lease.id, effect.kind, effect.data.to_string()])?,
        Conclusion::Dead { reason } => transaction
            .prepare_cached(
                "INSERT INTO dead_letter (event_id, attempts, reason, died_ms) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![lease.id, lease.attempt, reason, now_ms])?,
        Conclusion::Done(None) | Conclusion::Retry { .. } => 0,
    };
    Ok(Fate::Applied)
}

/// Why the fence let nothing through.
fn rejected(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<Fate> {
    let is_open = transaction
        .prepare_cached("SELECT 1 FROM work WHERE event_id = ?1")?
        .exists([id])?;
    Ok(if is_open {
        Fate::Fenced
    } else {
        Fate::Finished
    })
}
