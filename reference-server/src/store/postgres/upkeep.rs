//! The SQL of what is rarely done: dead letters revived, old events pruned, calls forgotten.
//!
//! Each is a transaction of several statements on a connection of its own, and only one of them runs at a time, of whichever
//! receiver: what one looked at, no other changes before it is done. Deliveries wait for none of them.

use std::time::Duration;

use tokio_postgres::Transaction;

use super::session::Session;
use super::work::{code, seconds};
use crate::store::{Pruned, StoreError, Task};

/// Finished events are looked for among this many rows per wanted one.
const LOOKED_AT: i64 = 8;
/// Whoever holds it does upkeep.
const UPKEEP: i64 = 0x6861_6d73_6101;

async fn begin(session: &mut Session) -> Result<Transaction<'_>, StoreError> {
    let transaction = session.transaction().await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&UPKEEP])
        .await?;
    Ok(transaction)
}

pub(super) async fn revive(
    session: &mut Session,
    event: i64,
    task: Task,
) -> Result<bool, StoreError> {
    let transaction = begin(session).await?;
    let found = transaction
        .execute(
            "DELETE FROM dead_letter WHERE event_id = $1 AND task = $2",
            &[&event, &code(task)],
        )
        .await?;
    if found > 0 {
        transaction
            .execute(
                "INSERT INTO work (event_id, task) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[&event, &code(task)],
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(found > 0)
}

/// `pruned_to` is the id up to which the last step looked, or 0: unfinished old events must not be met again and again. Ids
/// grow with time, so the first young row ends the search.
pub(super) async fn prune(
    session: &mut Session,
    keep: Duration,
    limit: usize,
    pruned_to: i64,
) -> Result<(Pruned, i64), StoreError> {
    let limit = i64::from(u32::try_from(limit).unwrap_or(u32::MAX));
    let transaction = begin(session).await?;
    let rows = transaction
        .query(
            "SELECT id, received_at < statement_timestamp() - make_interval(secs => $3),
                    (SELECT count(*) FROM work WHERE event_id = id AND task = 0) > 0
             FROM event WHERE id > $1 ORDER BY id LIMIT $2",
            &[&pruned_to, &(limit * LOOKED_AT), &seconds(keep)],
        )
        .await?;
    let mut finished: Vec<i64> = Vec::new();
    let mut reached = 0;
    for (looked_at, row) in (1..).zip(&rows) {
        let (id, is_old, is_open): (i64, bool, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if !is_old {
            break;
        }
        if !is_open {
            finished.push(id);
        }
        if finished.len() as i64 == limit || looked_at == limit * LOOKED_AT {
            reached = id;
            break;
        }
    }
    erase(&transaction, &finished).await?;
    transaction
        .execute("DELETE FROM event WHERE id = ANY($1)", &[&finished])
        .await?;
    transaction.commit().await?;
    let pruned = Pruned {
        removed: finished.len(),
        has_more: reached > 0,
    };
    Ok((pruned, reached))
}

pub(super) async fn forget(session: &mut Session, call_id: &str) -> Result<u64, StoreError> {
    let transaction = begin(session).await?;
    let rows = transaction
        .query(
            "SELECT id FROM event WHERE call_id = $1",
            &[&call_id.as_bytes()],
        )
        .await?;
    let events: Vec<i64> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    // Waits for the conclusions under way, and holds up new ones: none of them may leave an effect or a follow-up of these
    // events behind. What comes after finds its row of `work` gone. Should somebody else's lock be in the way, workers wait
    // no longer than it takes to see that.
    transaction
        .batch_execute(
            "SET LOCAL lock_timeout = '3s'; LOCK TABLE effect IN SHARE ROW EXCLUSIVE MODE",
        )
        .await?;
    erase(&transaction, &events).await?;
    let forgotten = transaction
        .execute(
            "UPDATE event SET call_id = NULL, event_type = NULL, timestamp = NULL, body = NULL
             WHERE id = ANY($1)",
            &[&events],
        )
        .await?;
    transaction.commit().await?;
    Ok(forgotten)
}

/// Removes all there is of events, except for their keys.
async fn erase(transaction: &Transaction<'_>, events: &[i64]) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM work WHERE event_id = ANY($1)",
        "DELETE FROM effect WHERE event_id = ANY($1)",
        "DELETE FROM dead_letter WHERE event_id = ANY($1)",
    ] {
        transaction.execute(statement, &[&events]).await?;
    }
    Ok(())
}
