//! The one thread that writes.
//!
//! It takes everything that waits, makes it one transaction, and answers after the commit: while one fsync
//! runs, the next group gathers, so the disk's speed bounds groups per second and not events per second.
//! A group stands or falls as a whole; when it falls everybody in it is told, and the senders come again.

use std::sync::Arc;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use super::desk::Desk;
use crate::store::agenda::{later, now_ms};
use crate::store::{Acceptance, Conclusion, Lease, StoreError};

/// Commands that fit one transaction; bounds the wait of the first in it.
const GROUP: usize = 512;

pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;
pub(super) type Leases = Vec<(Lease, Conclusion)>;

pub(super) enum Command {
    Accept(IdempotencyKey, Bytes, Reply<Acceptance>),
    Conclude(Leases, Reply<usize>),
    Close(Reply<()>),
}

/// Runs until [`Command::Close`] or until every sender is gone.
pub(super) fn run(mut connection: Connection, mut commands: mpsc::Receiver<Command>, desk: &Desk) {
    let mut waiting = Vec::with_capacity(GROUP);
    while commands.blocking_recv_many(&mut waiting, GROUP) > 0 {
        let (mut accepts, mut concludes, mut closing) = (Vec::new(), Vec::new(), None);
        for command in waiting.drain(..) {
            match command {
                Command::Accept(key, body, reply) => accepts.push(((key, body), reply)),
                Command::Conclude(leases, reply) => concludes.push((leases, reply)),
                Command::Close(reply) => closing = Some(reply),
            }
        }
        match write(&mut connection, &accepts, &concludes, desk) {
            Ok((accepted, concluded)) => {
                announce(desk, &accepted, &concludes, &concluded);
                for ((_, reply), (acceptance, _)) in accepts.into_iter().zip(accepted) {
                    let _ = reply.send(Ok(acceptance));
                }
                for ((_, reply), applied) in concludes.into_iter().zip(concluded) {
                    let _ = reply.send(Ok(applied.iter().filter(|applied| **applied).count()));
                }
            }
            Err(error) => {
                tracing::error!(%error, accepts = accepts.len(), "group not committed");
                for (_, reply) in accepts {
                    let _ = reply.send(Err(error.clone()));
                }
                for (_, reply) in concludes {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
        if let Some(reply) = closing {
            let _ = reply.send(close(connection));
            return;
        }
    }
}

type Delivery = ((IdempotencyKey, Bytes), Reply<Acceptance>);
/// The id is that of a new event.
type Accepted = (Acceptance, Option<i64>);

fn write(
    connection: &mut Connection,
    accepts: &[Delivery],
    concludes: &[(Leases, Reply<usize>)],
    desk: &Desk,
) -> Result<(Vec<Accepted>, Vec<Vec<bool>>), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let now_ms = now_ms();
    let accepted = accepts
        .iter()
        .map(|((key, body), _)| accept(&transaction, key, body, now_ms))
        .collect::<Result<_, _>>()?;
    let concluded = concludes
        .iter()
        .map(|(leases, _)| {
            leases
                .iter()
                .map(|(lease, conclusion)| conclude(&transaction, desk, lease, conclusion, now_ms))
                .collect()
        })
        .collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok((accepted, concluded))
}

fn accept(
    transaction: &Transaction<'_>,
    key: &IdempotencyKey,
    body: &[u8],
    now_ms: i64,
) -> rusqlite::Result<Accepted> {
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

/// The row of `work` is the fence: whoever removes it, or raises its attempt, was first.
fn conclude(
    transaction: &Transaction<'_>,
    desk: &Desk,
    lease: &Lease,
    conclusion: &Conclusion,
    now_ms: i64,
) -> rusqlite::Result<bool> {
    if !desk.book().agenda.holds(lease.id, lease.attempt) {
        return Ok(false);
    }
    if let Conclusion::Retry { after } = conclusion {
        let raised = transaction
            .prepare_cached(
                "UPDATE work SET attempt = ?2, due_ms = ?3 WHERE event_id = ?1 AND attempt < ?2",
            )?
            .execute(params![lease.id, lease.attempt, later(now_ms, *after)])?;
        return Ok(raised == 1);
    }
    let removed = transaction
        .prepare_cached("DELETE FROM work WHERE event_id = ?1 AND attempt < ?2")?
        .execute(params![lease.id, lease.attempt])?;
    if removed == 0 {
        return Ok(false);
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
    Ok(true)
}

/// Tells the leasing side what is committed, before anybody gets an answer.
fn announce(
    desk: &Desk,
    accepted: &[Accepted],
    concludes: &[(Leases, Reply<usize>)],
    concluded: &[Vec<bool>],
) {
    let mut book = desk.book();
    let mut is_news = false;
    if let Some(id) = accepted.iter().filter_map(|(_, id)| *id).max() {
        book.newest = id;
        is_news = true;
    }
    let leases = concludes.iter().flat_map(|(leases, _)| leases);
    for ((lease, conclusion), _) in leases
        .zip(concluded.iter().flatten())
        .filter(|(_, done)| **done)
    {
        if let Conclusion::Retry { after } = conclusion {
            book.agenda
                .put(lease.id, lease.attempt, later(now_ms(), *after));
            is_news = true;
        } else {
            book.agenda.remove(lease.id);
        }
    }
    drop(book);
    if is_news {
        desk.wake();
    }
}

fn close(connection: Connection) -> Result<(), StoreError> {
    // The last connection to close checkpoints anyway; doing it here reports a failure.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Starts the thread.
pub(super) fn start(
    connection: Connection,
    desk: Arc<Desk>,
    queue: usize,
) -> std::io::Result<mpsc::Sender<Command>> {
    let (sender, receiver) = mpsc::channel(queue);
    std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || run(connection, receiver, &desk))?;
    Ok(sender)
}
