//! What is rarely done: dead letters revived, old events pruned, calls forgotten. All of it in small steps, because
//! senders wait behind each.

use hamsa_schemas::IdempotencyKey;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::store::digest::digest;
use crate::store::{StoreError, Task};

/// Finished events are looked for among this many rows per wanted one.
const LOOKED_AT: usize = 8;

#[derive(Debug, Clone)]
pub(super) enum Chore {
    /// Queue a dead letter's task again.
    Revive(i64, Task),
    /// Remove so many finished events received before this time.
    Prune { before_ms: i64, limit: usize },
    /// Erase these events of a call.
    Forget(Vec<(i64, IdempotencyKey)>),
}

/// What a chore changed that the leasing side has to know.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) count: usize,
    /// Whether another step would find more.
    pub(super) has_more: bool,
    pub(super) queued: Option<(i64, Task)>,
    pub(super) removed: Vec<i64>,
}

/// `pruned_to` is the id up to which the last step looked, or 0: unfinished old events must not be met again and again.
pub(super) fn run(
    transaction: &Transaction<'_>,
    chore: &Chore,
    pruned_to: &mut i64,
    now_ms: i64,
) -> Result<Outcome, StoreError> {
    match chore {
        Chore::Revive(id, task) => revive(transaction, *id, *task, now_ms),
        Chore::Prune { before_ms, limit } => prune(transaction, *before_ms, *limit, pruned_to),
        Chore::Forget(events) => forget(transaction, events),
    }
}

/// Queues a task of an event. One that is queued already stays as it is.
pub(super) fn queue(
    transaction: &Transaction<'_>,
    id: i64,
    task: Task,
    due_ms: i64,
) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "INSERT INTO work (event_id, task, attempt, due_ms) VALUES (?1, ?2, 0, ?3)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![id, task.code(), due_ms])
}

fn revive(
    transaction: &Transaction<'_>,
    id: i64,
    task: Task,
    now_ms: i64,
) -> Result<Outcome, StoreError> {
    let count = transaction.execute(
        "DELETE FROM dead_letter WHERE event_id = ?1 AND task = ?2",
        params![id, task.code()],
    )?;
    if count > 0 {
        queue(transaction, id, task, now_ms)?;
    }
    Ok(Outcome {
        count,
        queued: (count > 0).then_some((id, task)),
        ..Outcome::default()
    })
}

fn prune(
    transaction: &Transaction<'_>,
    before_ms: i64,
    limit: usize,
    pruned_to: &mut i64,
) -> Result<Outcome, StoreError> {
    let mut removed = Vec::new();
    let mut looked_at = 0;
    // Ids grow with time, so the first young row ends the search.
    let reached = {
        let mut old = transaction.prepare_cached(
            "SELECT id, received_ms,
                    EXISTS (SELECT 1 FROM work WHERE event_id = id AND task = 0)
             FROM event WHERE id > ?1 ORDER BY id",
        )?;
        let mut rows = old.query([*pruned_to])?;
        loop {
            let Some(row) = rows.next()? else { break 0 };
            let (id, received_ms, is_open): (i64, i64, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if received_ms >= before_ms {
                break 0;
            }
            looked_at += 1;
            if !is_open {
                removed.push(id);
            }
            if removed.len() == limit || looked_at == limit.saturating_mul(LOOKED_AT) {
                break id;
            }
        }
    };
    for id in &removed {
        remove(transaction, *id)?;
    }
    let hashes = transaction
        .prepare_cached(
            "DELETE FROM forgotten WHERE key_hash IN
                 (SELECT key_hash FROM forgotten WHERE received_ms < ?1 LIMIT ?2)",
        )?
        .execute(params![before_ms, (limit - removed.len()) as i64])?;
    *pruned_to = reached;
    Ok(Outcome {
        count: removed.len() + hashes,
        has_more: reached > 0 || removed.len() + hashes == limit,
        queued: None,
        removed,
    })
}

fn forget(
    transaction: &Transaction<'_>,
    events: &[(i64, IdempotencyKey)],
) -> Result<Outcome, StoreError> {
    let mut removed = Vec::new();
    for (id, key) in events {
        let received_ms: Option<i64> = transaction
            .prepare_cached("SELECT received_ms FROM event WHERE id = ?1 AND call_id = ?2")?
            .query_row(params![id, key.call_id], |row| row.get(0))
            .optional()?;
        let Some(received_ms) = received_ms else {
            continue;
        };
        transaction
            .prepare_cached(
                "INSERT INTO forgotten (key_hash, received_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute(params![digest(key), received_ms])?;
        remove(transaction, *id)?;
        removed.push(*id);
    }
    Ok(Outcome {
        count: removed.len(),
        removed,
        ..Outcome::default()
    })
}

fn remove(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM work WHERE event_id = ?1",
        "DELETE FROM effect WHERE event_id = ?1",
        "DELETE FROM dead_letter WHERE event_id = ?1",
        "DELETE FROM event WHERE id = ?1",
    ] {
        transaction.prepare_cached(statement)?.execute([id])?;
    }
    Ok(())
}

/// Whether a forgotten event had this key. Asked for each accept, but only while anything is forgotten.
pub(super) fn is_forgotten(
    transaction: &Transaction<'_>,
    key: &IdempotencyKey,
) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM forgotten WHERE key_hash = ?1")?
        .exists([digest(key)])
}

/// Whether anything is forgotten.
pub(super) fn has_forgotten(transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM forgotten LIMIT 1")?
        .exists([])
}
